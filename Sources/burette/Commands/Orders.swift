import ArgumentParser
import Brokers
import Campaigns
import Execution
import Foundation

/// Sends an operator's order: to the broker where one is named, else into the ledger on this machine, where the planner of
/// `burette run` finds it within a second.
enum OrderSender {
    /// Who gives orders, in events.
    static let name = "operator"

    static func send(
        _ order: (Event.Reason) -> Event.Body, to campaign: CampaignName, reason: String?, _ options: OrderOptions
    ) async throws {
        try await send(order(.init(by: name, reason: reason ?? "as ordered")), to: campaign, options)
    }

    static func send(_ body: Event.Body, to campaign: CampaignName, _ options: OrderOptions) async throws {
        let event = Event(
            id: "order-\(UUID().uuidString.lowercased())", campaign: campaign, time: Date().timeIntervalSince1970,
            body: body)
        try await send([event], to: campaign, options)
        Output.note("\(campaign): \(body.type)")
    }

    /// Sends many; returns how many the ledger did not have, where it is the ledger that gets them.
    @discardableResult
    static func send(_ events: [Event], to campaign: CampaignName, _ options: OrderOptions) async throws -> Int? {
        if let broker = try options.broker.rabbitMQ() {
            try await broker.send(orders: events, to: campaign)
            return nil
        }
        return try await record(events, of: campaign, options, create: false)
    }

    /// Puts events into the ledger on this machine; returns how many it did not have. `create` makes one that is missing.
    static func record(
        _ events: [Event], of campaign: CampaignName, _ options: OrderOptions, create: Bool
    ) async throws -> Int {
        let ledger = try Ledger.open(path: options.data.ledgerPath(campaign), create: create)
        return try await ledger.append(events).count
    }
}

/// What every order takes.
struct OrderOptions: ParsableArguments {
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
}

/// `burette pause`.
struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pause a campaign: no new jobs until it is resumed; running measurements continue.")
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        try await OrderSender.send(Event.Body.paused, to: name, reason: reason, options)
    }
}

/// `burette resume`.
struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Resume a paused campaign.")
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        try await OrderSender.send(Event.Body.resumed, to: name, reason: reason, options)
    }
}

/// `burette stop`.
struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop a campaign: ready jobs are withdrawn; running measurements still count.")
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        try await OrderSender.send(Event.Body.stopped, to: name, reason: reason, options)
    }
}

/// `burette release`.
struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Decide about a held job, or give up a pending one.",
        discussion: """
            A job is held when its worker was lost during the measurement and the campaign says `redelivery: hold`; `burette status NAME` lists \
            such jobs. --fail also gives up any other pending job, for example one at an instrument that will not come back. The planner \
            replaces it; if a result arrives later, it counts.
            """)
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Argument(help: "The job: its id as status shows it, any beginning of it, or its number.") var job: String
    @Flag(exclusivity: .exclusive, help: "What becomes of it.") var decision: Decision
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    enum Decision: EnumerableFlag {
        case rerun, fail

        static func help(for value: Decision) -> ArgumentHelp? {
            switch value {
            case .rerun: "Measure it again (held jobs only)."
            case .fail: "Mark it as failed (any pending job)."
            }
        }
    }

    func run() async throws {
        let history = try await History.of(name, options.broker, options.data)
        let id: JobID
        do {
            id = try history.state.job(job, for: history.campaign.objectives)
        } catch {
            throw Failure("\(error); burette status \(name) lists the held ones")
        }
        guard let status = history.state.jobs[id]?.status, status.isHeld || status.isOpen && decision == .fail else {
            let (word, wanted) = (
                history.state.jobs[id]?.status.word ?? "gone", decision == .rerun ? "held" : "pending"
            )
            throw Failure("job \(id) is not \(wanted): it is \(word). Nothing to decide")
        }
        let decision: Event.Release.Decision = decision == .rerun ? .rerun : .fail
        try await OrderSender.send(
            .released(.init(job: id, decision: decision, by: OrderSender.name, reason: reason ?? "as ordered")),
            to: name, options)
        if case .started(let worker, _) = status {
            Output.note("\(worker) said that it measures \(id): if its result comes, it counts")
        }
    }
}

extension JobStatus {
    /// The status as one word.
    var word: String {
        switch self {
        case .ready: "ready"
        case .started: "being measured"
        case .measured: "measured"
        case .failed: "failed"
        case .withdrawn: "withdrawn"
        case .dead: "given up"
        case .held: "held"
        case .released: "released"
        }
    }
}
