import ArgumentParser
import Campaigns
import Foundation
import ServiceRuntime

/// `burette work`: workers of a campaign over RabbitMQ.
struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run workers that measure a campaign's jobs over RabbitMQ until they are stopped.",
        discussion: help(
            "Needs no campaign file; with one, measures as it says. The instrument is a program (--exec), a Python function (--python), a person (--human) or a test function (--surface). The first Ctrl-C finishes the current measurement; a second one returns its job.",
            examples: "burette work mine --exec ./measure.sh --broker amqp://burette-worker@broker",
            "burette work mine --human --name ann --only solvent=water")
    )

    @Argument(help: "The campaign's name; or its file, which then says what measures unless an option does.")
    var campaign: String
    @OptionGroup var instrument: InstrumentOptions
    @Option(help: "How many workers; by default one, or what the file says.") var count: Int?
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        if let count, !(1...10_000).contains(count) { throw ValidationError("--count can be 1 to 10000.") }
        guard isFile || CampaignName(argument: campaign) != nil else {
            throw ValidationError("\"\(campaign)\" is neither a campaign's name nor a file NAME.yaml.")
        }
        try instrument.validate(hasFile: isFile)
    }

    private var isFile: Bool { campaign.hasSuffix(".yaml") || campaign.hasSuffix(".yml") }

    /// What is measured, by what, and the folder of the programs that its file names.
    private func instruments() throws -> (
        name: CampaignName, file: Campaign?, settings: [InstrumentSettings], folder: String?
    ) {
        guard isFile else {
            return (try CampaignName(campaign), nil, [try instrument.settings(count: count ?? 1)], nil)
        }
        let definition = try CampaignFile.read(path: campaign)
        let settings = try instrument.settings(of: definition, file: campaign, count: count, "--count")
        let folder = instrument.isGiven ? nil : (campaign as NSString).deletingLastPathComponent
        return (definition.name, definition, settings, folder)
    }

    func run() async throws {
        let broker = try self.broker.required()
        let logger = log.logger()
        let (name, file, settings, folder) = try instruments()
        let (dependencies, healthFile) = try health.start()
        let team = try Team(
            settings, of: name, at: broker, data: data, speed: instrument.speed, prefix: nil, in: folder, file: file,
            dependencies: dependencies, logger: logger)
        _ = try await broker.product()
        let limits = settings.compactMap(\.only).map { "\($0)" }
        let limit = limits.isEmpty ? "" : ", only where \(limits.joined(separator: "; "))"
        logger.notice("working on \(name) as \(team.identities.map(\.name).joined(separator: ", "))\(limit)")
        try await serve(
            team.services, patient: "Finishing the running measurement; a second signal returns its job.",
            logger: logger, note: Output.note)
        withExtendedLifetime((team, healthFile)) {}
        let left = team.identities.reduce(0) { $0 + ((try? $1.outbox.kept().results.count) ?? 0) }
        guard left == 0 else {
            throw Failure(
                "\(left) results could not be delivered; they are in \(data.directory)/spool until a worker is started again with this --data"
            )
        }
    }
}
