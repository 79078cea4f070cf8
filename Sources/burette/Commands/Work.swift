import ArgumentParser
import Campaigns
import Foundation
import ServiceRuntime

/// `burette work`: workers of a campaign over RabbitMQ.
struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run workers that measure a campaign's jobs over RabbitMQ until they are stopped.",
        discussion: help(
            "Needs no campaign file. The instrument is a program (--exec), a Python function (--python), a person (--human) or a test function (--surface). The first Ctrl-C finishes the current measurement; a second one returns its job.",
            examples: "burette work mine --exec ./measure.sh --broker amqp://burette-worker@broker",
            "burette work mine --human --name ann --only solvent=water")
    )

    @Argument(help: "The campaign's name.") var name: CampaignName
    @OptionGroup var instrument: InstrumentOptions
    @Option(help: "How many workers.") var count = 1
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...10_000).contains(count) else { throw ValidationError("--count can be 1 to 10000.") }
        _ = try instrument.settings(count: count)
    }

    func run() async throws {
        let broker = try self.broker.required()
        let (logger, settings) = (log.logger(), try instrument.settings(count: count))
        let team = try Team(
            [settings], of: name, at: broker, data: data, speed: instrument.speed, prefix: nil, logger: logger)
        _ = try await broker.probe()
        let limit = settings.only.map { ", only where \($0)" } ?? ""
        logger.notice("working on \(name) as \(team.identities.map(\.name).joined(separator: ", "))\(limit)")
        try await serve(
            team.services, patient: "Finishing the running measurement; a second signal returns its job.",
            logger: logger, note: Output.note)
        withExtendedLifetime(team) {}
    }
}
