import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import ServiceRuntime

/// `burette doctor`: checks what a campaign needs.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the campaign file, ledger, broker and permissions, and suggest fixes.")

    @Argument(help: "A campaign file to check with it.") var file: String?
    @Option(
        help: ArgumentHelp(
            "Command that runs rabbitmqctl on the broker's host, such as \"ssh broker sudo rabbitmqctl\"; used to read consumer_timeout.",
            valueName: "command"))
    var rabbitmqctl: String?
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        var failures = 0
        @discardableResult
        func check(_ what: String, _ body: () async throws -> String) async -> Bool {
            do {
                Output.data("ok    \(what): \(try await body())")
                return true
            } catch {
                failures += 1
                Output.data("FAIL  \(what): \(error)")
                return false
            }
        }
        var campaign: Campaign?
        if let file {
            await check("campaign file") {
                let read = try CampaignFile.read(path: file)
                campaign = read
                return "\(read.name), \(read.space.parameters.count) parameters"
            }
        }
        await check("data folder") { try checkData() }
        if let campaign {
            await check("ledger") { try await checkLedger(campaign) }
        }
        if let broker = try broker.rabbitMQ() {
            if await check("broker", { try await broker.probe() }) {
                await check("rights of a planner") { try await broker.probePlannerRights() }
                if let campaign {
                    await check("campaign at the broker") { try await checkCampaign(campaign, broker) }
                }
            }
            if let management = broker.management {
                do {
                    Output.data("ok    management API: \(try await management.probe())")
                } catch {
                    Output.data(
                        "note  management API: \(error). The planner goes by the number of consumers then, and may wait for a lost job as long as idle workers could have it"
                    )
                }
            }
            let limit = ConsumerTimeout(campaign: campaign)
            if let rabbitmqctl {
                await check("consumer_timeout") { try limit.compare(withAnswerOf: rabbitmqctl) }
            } else if let version = try? await broker.probe(), limit.isTold(by: version) {
                await check("consumer_timeout") { try limit.compareWithQueue() }
            } else {
                Output.data("note  consumer_timeout: \(limit.advice)")
            }
        } else {
            Output.data("note  broker: none given (--broker URL); `burette run` needs none")
        }
        if failures > 0 { throw Failure("\(failures) of the checks failed") }
    }

    private func checkData() throws -> String {
        let directory = data.directory
        let probe = "\(directory)/.doctor-\(ProcessInfo.processInfo.processIdentifier)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(fileURLWithPath: probe))
            try FileManager.default.removeItem(atPath: probe)
        } catch {
            throw FileError.unwritable(path: directory, reason: "a file cannot be made there")
        }
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: directory)
        let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
        guard free > 100_000_000 else { throw Failure("\(directory) has \(free / 1_000_000) MB left; make room") }
        return "\(directory) can be written, \(free / 1_000_000_000) GB free"
    }

    private func checkLedger(_ campaign: Campaign) async throws -> String {
        let path = data.ledgerPath(campaign.name)
        guard FileManager.default.fileExists(atPath: path) else { return "none yet at \(path)" }
        let state = CampaignState(try await Ledger.open(path: path, create: false).events().events)
        if let definition = state.definition, !campaign.continues(definition) {
            throw LedgerError.otherCampaign(path: path, name: campaign.name)
        }
        return "\(path), \(state.measured) measured, \(state.phase.word)"
    }

    private func checkCampaign(_ campaign: Campaign, _ broker: RabbitMQBroker) async throws -> String {
        do {
            let depth = try await broker.depth(of: campaign.name)
            return "\(depth.ready) jobs ready, \(depth.consumers) workers there"
        } catch BrokerError.unknownCampaign {
            return "no planner has opened \(campaign.name) here yet"
        }
    }
}
