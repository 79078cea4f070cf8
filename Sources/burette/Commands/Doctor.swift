import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import Instruments
import Planners
import ServiceRuntime
import WorkerService

/// `burette doctor`: checks what a campaign needs.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the campaign file, ledger, broker and permissions, and suggest fixes.",
        discussion: help(
            "", examples: "burette doctor mine.yaml --try",
            "burette doctor mine.yaml --broker amqp://burette-planner@broker"))

    @Argument(help: "A campaign file to check with it.") var file: String?
    @Option(
        help: ArgumentHelp(
            "Command that runs rabbitmqctl on the broker's host, such as \"ssh broker sudo rabbitmqctl\"; used to read consumer_timeout.",
            valueName: "command"))
    var rabbitmqctl: String?
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    @Flag(
        name: .customLong("try"),
        help: "Run each program of the campaign file once, with the middle of the space, and check its answer.")
    var tries = false
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        var findings = Findings(isSilent: json)
        var campaign: Campaign?
        if let file {
            await findings.check("campaign file") {
                let read = try CampaignFile.read(path: file)
                campaign = read
                let count = read.space.parameters.count
                return "\(read.name), \(count) parameter\(count == 1 ? "" : "s")"
            }
        }
        if let space = campaign?.space, !space.constraints.isEmpty || space.hasConditions || space.candidates != nil,
            let campaign
        {
            await findings.check(space.candidates == nil ? "constraints" : "candidates") {
                try checkConstraints(campaign)
            }
        }
        await findings.check("data folder") { try checkData() }
        if let campaign {
            await findings.check("ledger") { try await checkLedger(campaign) }
        }
        if let campaign { await checkInstruments(campaign, &findings) }
        if let broker = try broker.rabbitMQ() {
            await check(broker, campaign, &findings)
        } else {
            findings.note("broker", "none given (--broker URL); `burette run` needs none")
        }
        if json { Output.data(try Output.json(findings)) }
        if findings.failures > 0 { throw Failure("\(findings.failures) of the checks failed") }
    }

    /// Whether the constraints leave anything, how much, and some of it. Throws ``PlannerError/nothingFeasible(_:)``.
    private func checkConstraints(_ campaign: Campaign) throws -> String {
        _ = try Planners.planner(for: campaign)
        if let candidates = campaign.space.candidates {
            return
                "\(candidates.rows) candidates in \(candidates.file), compared by \(candidates.descriptors.joined(separator: ", "))"
        }
        guard let feasibility = Feasibility(of: campaign.space) else { return "none" }
        let share = feasibility.share
        let count = campaign.space.constraints.count
        let part =
            feasibility.count.map { $0 == 1 ? "1 point" : "\($0) points" }
            ?? (share == 0
                ? "less than 0.1 % of the space" : "\((100 * share).rounded(significant: 2).shortest) % of the space")
        let examples = feasibility.examples.map(campaign.space.describe).joined(separator: "; ")
        switch count {
        case 0: return "none; parameters are there under conditions, such as \(examples)"
        case 1: return "the constraint leaves \(part), such as \(examples)"
        default: return "\(part) satisfy all \(count), such as \(examples)"
        }
    }

    /// Whether the instruments of the campaign file are there; with `--try`, whether they answer.
    private func checkInstruments(_ campaign: Campaign, _ findings: inout Findings) async {
        for (number, settings) in campaign.allInstruments.enumerated() where settings.human != true {
            let label =
                campaign.allInstruments.count > 1 ? "instrument \(settings.name ?? "\(number + 1)")" : "instrument"
            await findings.check(label) {
                let folder = "\(data.directory)/output/\(campaign.name)"
                let instrument = try settings.makeInstrument(
                    speed: 1e9, in: file.map { ($0 as NSString).deletingLastPathComponent },
                    keeping: folder, person: { Desk() })
                guard tries else { return settings.exec ?? settings.python ?? "the surface \(settings.surface ?? "")" }
                let space = settings.only?.restricting(campaign.space) ?? campaign.space
                let point = Point(
                    uniqueKeysWithValues: space.parameters.map { ($0.name, $0.value(unit: 0.5)) })
                let job = Job(id: JobID("doctor"), parameters: point, of: campaign)
                let result = try await instrument.measure(job) { _ in }
                if let refusal = job.refusal(of: result) { throw refusal }
                return "\(campaign.describe(result.values)) at \(campaign.space.describe(point))"
            }
        }
    }

    private func check(_ broker: RabbitMQBroker, _ campaign: Campaign?, _ findings: inout Findings) async {
        var version: RabbitMQVersion?
        let isThere = await findings.check("broker") {
            let product = try await broker.product()
            version = RabbitMQVersion(product: product)
            return "\(broker.endpoint) answers, \(product)"
        }
        if isThere {
            await findings.check("rights of a planner") { try await broker.probePlannerRights() }
            if let campaign {
                await findings.check("campaign at the broker") { try await checkCampaign(campaign, broker) }
            }
        }
        if let management = broker.management {
            do {
                findings.ok("management API", try await management.probe())
                if let campaign, isThere { try await checkPolicies(campaign, broker, management, &findings) }
            } catch {
                findings.note(
                    "management API",
                    "\(error). The planner goes by the number of consumers then, and may wait for a lost job as long as idle workers could have it"
                )
            }
        }
        let limit = ConsumerTimeout(campaign: campaign)
        if let rabbitmqctl {
            await findings.check("consumer_timeout") { try await limit.compare(withAnswerOf: rabbitmqctl) }
        } else if let version, version.hasConsumerTimeoutOfQueue {
            await findings.check("consumer_timeout") { try limit.compareWithQueue() }
        } else {
            findings.note("consumer_timeout", limit.advice)
        }
    }

    private func checkPolicies(
        _ campaign: Campaign, _ broker: RabbitMQBroker, _ management: Management, _ findings: inout Findings
    ) async throws {
        guard let harmful = try await broker.harmfulPolicies(of: campaign.name, by: management) else { return }
        await findings.check("policies") {
            guard harmful.isEmpty else {
                throw Failure(
                    "a policy of the broker sets \(harmful.joined(separator: ", ")), which takes messages away. Exclude the queues burette.* from it (rabbitmqctl list_policies, list_operator_policies)"
                )
            }
            return "none takes messages of the campaign away"
        }
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
        let conflicts = state.conflicts(continuingWith: campaign)
        guard conflicts.isEmpty else {
            throw LedgerError.otherCampaign(path: path, name: campaign.name, conflicts)
        }
        let changes = state.definition.map { DefinitionChange.between($0, campaign) } ?? []
        return "\(path), \(state.measured) measured, \(state.phase.word)"
            + (changes.isEmpty ? "" : "; with the next start: " + changes.map(\.description).joined(separator: ", "))
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

/// What was checked, in order: printed as it comes, or all of it as JSON.
private struct Findings: Encodable {
    private struct Finding: Encodable {
        enum State: String, Encodable { case ok, note, fail }
        var check: String
        var state: State
        var message: String
    }

    private var checks: [Finding] = []
    private let isSilent: Bool

    private enum CodingKeys: CodingKey { case checks }

    init(isSilent: Bool) { self.isSilent = isSilent }

    var failures: Int { checks.count { $0.state == .fail } }

    /// Runs a check, which answers what is right, or throws what is wrong; true where nothing is.
    @discardableResult
    mutating func check(_ what: String, _ body: () async throws -> String) async -> Bool {
        do {
            ok(what, try await body())
            return true
        } catch {
            add(.fail, what, "\(error)")
            return false
        }
    }

    mutating func ok(_ what: String, _ message: String) { add(.ok, what, message) }

    mutating func note(_ what: String, _ message: String) { add(.note, what, message) }

    private mutating func add(_ state: Finding.State, _ what: String, _ message: String) {
        checks.append(Finding(check: what, state: state, message: message))
        if isSilent { return }
        let label = state == .fail ? "FAIL" : state.rawValue
        Output.data("\(label.padding(toLength: 4, withPad: " ", startingAt: 0))  \(what): \(message)")
    }
}
