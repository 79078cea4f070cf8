import ArgumentParser
import Campaigns
import Foundation
import Instruments
import ServiceRuntime
import WorkerService

/// `burette work`: workers of a campaign over RabbitMQ.
struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run workers that measure a campaign's jobs over RabbitMQ until they are stopped.",
        discussion:
            "Needs no campaign file. The instrument is a program (--exec), a Python function (--python), a person (--human) or a test function (--surface). The first Ctrl-C finishes the current measurement; a second one returns its job."
    )

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "The built-in surface to measure: see `burette surfaces`.") var surface: String?
    @Option(
        help: ArgumentHelp(
            "Command to run for each job: reads the job as JSON from standard input, prints the measured values as JSON.",
            valueName: "command"))
    var exec: String?
    @Option(
        help: ArgumentHelp(
            "Python function to call for each job: measure.py:measure. Parameters are passed by name.",
            valueName: "file:function"))
    var python: String?
    @Flag(help: "A person at this terminal measures: shows each job, and takes what is typed.") var human = false
    @Option(
        help: ArgumentHelp(
            "Time limit of the program in seconds; after it the program is killed and the job fails.",
            valueName: "seconds"))
    var timeLimit: Double?
    @Option(
        help: ArgumentHelp("Duration of a measurement in seconds, drawn uniformly: 5...30.", valueName: "low...high"))
    var duration = DurationRange()
    @Option(help: "The chance that a measurement fails, 0 to 1.") var failure = 0.0
    @Option(help: "The standard deviation of noise on each value.") var noise = 0.0
    @Option(
        help: ArgumentHelp(
            "Capability of these workers: solvent=water,THF or temperature=20...80; repeat for each restricted parameter. They receive no other jobs.",
            valueName: "parameter=values"))
    var only: [String] = []
    @Option(help: "How many workers.") var count = 1
    @Option(help: "Divides the durations.") var speed = 1.0
    @Option(
        name: .customLong("name"), help: "Worker name, recorded in results; with --count a number is appended.")
    var worker: String?
    @Option(
        help: ArgumentHelp(
            "Seconds that a measurement may continue after the first Ctrl-C or SIGTERM; then its job is returned.",
            valueName: "seconds"))
    var stopLimit: Double?
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...10_000).contains(count) else { throw ValidationError("--count can be 1 to 10000.") }
        guard speed > 0, speed.isFinite else { throw ValidationError("--speed must be above 0.") }
        guard [surface, exec, python].compactMap(\.self).count + (human ? 1 : 0) == 1 else {
            throw ValidationError(
                "Say what measures: --exec COMMAND, --python FILE:FUNCTION, --human or --surface NAME, one of them.")
        }
        if human, count != 1 { throw ValidationError("One person is one worker: leave --count out with --human.") }
        if let python, Self.function(python) == nil {
            throw ValidationError("--python takes a file and a function, such as measure.py:measure.")
        }
        if let timeLimit, !(timeLimit > 0 && timeLimit <= 1e9) {
            throw ValidationError("--time-limit can be up to 1000000000 seconds, and more than 0.")
        }
        if surface != nil || human, timeLimit != nil {
            throw ValidationError("--time-limit is for programs, with --exec or --python.")
        }
        do { _ = try capability() } catch { throw ValidationError("--only: \(error).") }
        guard (0...1).contains(failure) else { throw ValidationError("--failure is a chance, from 0 to 1.") }
        if let stopLimit, !(0...1e9).contains(stopLimit) {
            throw ValidationError("--stop-limit can be 0 to 1000000000 seconds.")
        }
        guard noise >= 0, noise.isFinite else { throw ValidationError("--noise must be at least 0.") }
        if let worker, worker.isEmpty || worker.contains("/") || worker.hasPrefix(".") || worker.utf8.count > 100 {
            throw ValidationError("--name can have 1 to 100 bytes, no / and no . at the beginning.")
        }
    }

    func run() async throws {
        let broker = try self.broker.required()
        let desk = human ? Desk() : nil
        let instrument: any Instrument = try desk ?? program()
        _ = try await broker.probe()
        let (logger, only) = (log.logger(), try capability())
        let identities = try (1...count).map { number in
            try WorkerIdentity(
                name: worker.map { count == 1 ? $0 : "\($0)-\(number)" }, campaign: name, data: data.directory)
        }
        let limit = only.map { ", only where \($0)" } ?? ""
        logger.notice("working on \(name) as \(identities.map(\.name).joined(separator: ", "))\(limit)")
        let workers = identities.map {
            WorkerService(
                campaign: name, name: $0.name, broker: broker, instrument: instrument, only: only, outbox: $0.outbox,
                stopLimit: stopLimit.map { .seconds($0) }, logger: logger)
        }
        let dialog = desk.map { [TerminalDialog(desk: $0, campaign: name)] } ?? []
        try await serve(
            workers + dialog, patient: "Finishing the running measurement; a second signal returns its job.",
            logger: logger,
            note: Output.note)
        withExtendedLifetime(identities) {}
    }

    private func capability() throws -> Capability? { only.isEmpty ? nil : try Capability(texts: only) }

    private func program() throws -> any Instrument {
        if let surface {
            return try SurfaceInstrument(
                InstrumentSettings(surface: surface, duration: duration.range, failure: failure, noise: noise),
                speed: speed)
        }
        var program = ProgramInstrument.Program.shell(exec ?? "")
        if let python, let (file, function) = Self.function(python) {
            guard FileManager.default.isReadableFile(atPath: file) else { throw Failure("\(file) cannot be read") }
            program = .python(file: file, function: function)
        }
        return try ProgramInstrument(
            program, limit: timeLimit.map { .seconds($0) }, keeping: "\(data.directory)/output/\(name)")
    }

    /// The parts of `measure.py:measure`.
    private static func function(_ text: String) -> (file: String, function: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let (file, function) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
        return file.isEmpty || function.isEmpty ? nil : (file, function)
    }
}
