import ArgumentParser
import Campaigns
import Foundation
import Instruments
import WorkerService

/// What measures: the same options for `burette run` and `burette work`, and the keys of `instrument:` in a campaign file.
struct InstrumentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Command to run for each job: reads the job as JSON from standard input, prints the measured values as JSON.",
            valueName: "command"))
    var exec: String?
    @Option(
        help: ArgumentHelp(
            "Python function to call for each job: measure.py:measure. Parameters are passed by name; the interpreter stays from job to job.",
            valueName: "file:function"))
    var python: String?
    @Flag(help: "A person at this terminal measures: shows each job, and takes what is typed.") var human = false
    @Option(help: "Built-in test function: see `burette surfaces`.") var surface: String?
    @Option(
        help: ArgumentHelp(
            "Time limit of the program in seconds; after it the program is killed and the job fails.",
            valueName: "seconds"))
    var timeLimit: Double?
    @Option(
        help: ArgumentHelp(
            "Duration of a test function's measurement in seconds, drawn uniformly: 5...30.", valueName: "low...high"))
    var duration = DurationRange()
    @Flag(
        help:
            "Whole batches: the program reads a batch and prints a line of JSON for each sample; the function takes a list of points."
    )
    var batch = false
    @Option(help: "Chance that a test function's measurement fails, 0 to 1.") var failure = 0.0
    @Option(help: "Standard deviation of the noise of a test function.") var noise = 0.0
    @Option(
        help: ArgumentHelp(
            "Capability of these workers: solvent=water,THF or temperature=20...80; repeat for each restricted parameter. They receive no other jobs.",
            valueName: "parameter=values"))
    var only: [String] = []
    @Option(
        name: .customLong("name"), help: "Worker name, recorded in results; with several workers a number is appended.")
    var worker: String?
    @Option(
        help: ArgumentHelp(
            "Seconds that a measurement may continue after the first Ctrl-C or SIGTERM; then its job is returned.",
            valueName: "seconds"))
    var stopLimit: Double?
    @Option(help: "Divides a test function's durations.") var speed = 1.0

    func validate() throws {
        guard speed > 0, speed.isFinite else { throw ValidationError("--speed must be above 0.") }
        if isGiven { _ = try settings() }
    }

    /// Whether the options say what measures.
    var isGiven: Bool { human || [exec, python, surface].contains { $0 != nil } }

    /// An option that is given, and means nothing without one that says what measures.
    var dependent: String? {
        [
            ("--time-limit", timeLimit != nil), ("--duration", duration.range != 0...0), ("--failure", failure != 0),
            ("--noise", noise != 0), ("--only", !only.isEmpty), ("--name", worker != nil),
            ("--stop-limit", stopLimit != nil), ("--batch", batch),
        ].first(where: \.1)?.0
    }

    /// Throws `ValidationError` where the options do not go together; with a campaign file they may be left to it.
    func validate(hasFile: Bool) throws {
        if isGiven || !hasFile {
            _ = try settings()
        } else if let option = dependent {
            throw ValidationError(
                "\(option) goes with --exec, --python, --human or --surface; for the campaign file's instrument write it there."
            )
        }
    }

    /// What measures: what the options say, or else the campaign file; `count` workers of it, which is what `option` says. Throws
    /// `ValidationError`, and ``CampaignFileError``.
    func settings(
        of campaign: Campaign, file: String, count: Int?, _ option: String
    ) throws -> [InstrumentSettings] {
        var instruments = campaign.allInstruments
        if isGiven {
            instruments = [try settings(count: count)]
        } else if let count {
            guard instruments.count <= 1 else {
                throw ValidationError("\(option) is for one instrument; give each of instruments: its own count.")
            }
            for index in instruments.indices where instruments[index].human != true {
                instruments[index].count = count
            }
        }
        guard !instruments.isEmpty else {
            throw CampaignFileError(
                file: file,
                problem:
                    "nothing says what measures. Give --exec COMMAND, --python FILE:FUNCTION, --human or --surface NAME, or write it into the file: instrument: {exec: ./measure.sh}"
            )
        }
        for settings in instruments where settings.surface != nil {
            do {
                try SurfaceInstrument(settings).require(campaign)
            } catch let unusable as InstrumentUnusable {
                throw CampaignFileError(file: file, problem: "instrument: \(unusable.reason)")
            }
        }
        return instruments
    }

    /// The settings that the options make. Throws `ValidationError`.
    func settings(count: Int? = nil) throws -> InstrumentSettings {
        var settings = InstrumentSettings(
            surface: surface, duration: duration.range, failure: failure, noise: noise)
        (settings.exec, settings.python, settings.human) = (exec, python, human ? true : nil)
        (settings.timeLimit, settings.stopLimit, settings.name, settings.count) = (timeLimit, stopLimit, worker, count)
        settings.batch = batch ? true : nil
        do { settings.only = only.isEmpty ? nil : try Capability(texts: only) } catch {
            throw ValidationError("--only: \(error).")
        }
        do { try settings.validate() } catch { throw ValidationError("\(Self.optionNames(in: "\(error)")).") }
        return settings
    }

    /// A sentence about the keys of the campaign file, as one about options.
    private static func optionNames(in sentence: String) -> String {
        sentence.replacingOccurrences(of: "time_limit", with: "--time-limit")
            .replacingOccurrences(of: "stop_limit", with: "--stop-limit")
            .replacingOccurrences(
                of: "exactly one of exec, python, human and surface says what measures",
                with:
                    "Say what measures: --exec COMMAND, --python FILE:FUNCTION, --human or --surface NAME, one of them")
    }
}
