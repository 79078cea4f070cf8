import ArgumentParser
import Campaigns
import Foundation
import Monitoring

/// What every order takes.
struct OrderOptions: ParsableArguments {
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    static let orders = OperatorOrders(by: nil, now: { Date().timeIntervalSince1970 })

    func source(of campaign: CampaignName) throws -> CampaignSource { try broker.source(of: campaign, data) }

    /// Sends one order, and says so; with `--json` prints it as it was sent.
    func send(_ body: Event.Body, to campaign: CampaignName) async throws {
        try await send(Self.orders.order(body, to: campaign), at: try source(of: campaign))
    }

    /// Sends the order that a request is in the state that the campaign is in; returns it, with what was known.
    func send(_ request: OrderRequest, because reason: String?, to campaign: CampaignName) async throws -> (
        order: Event, history: CampaignHistory
    ) {
        let source = try source(of: campaign)
        let history = try await source.history(of: campaign)
        let order = try Self.orders.event(request, because: reason, in: history, at: "the command line")
        try await send(order, at: source)
        return (order, history)
    }

    private func send(_ order: Event, at source: CampaignSource) async throws {
        try await source.send([order], to: order.campaign)
        if json { return Output.data(String(decoding: try order.json(), as: UTF8.self)) }
        Output.note("\(order.campaign): \(order.body.type)")
    }
}

/// `burette pause`.
struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pause a campaign: no new jobs until it is resumed; running measurements continue.",
        discussion: help(
            "", examples: "burette pause mine --reason \"new bottle\"",
            "burette pause mine --broker amqp://burette-operator@broker"))
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws { try await options.send(.paused(OrderOptions.orders.reason(reason)), to: name) }
}

/// `burette resume`.
struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Resume a paused campaign.",
        discussion: help(
            "", examples: "burette resume mine", "burette resume mine --broker amqp://burette-operator@broker"))
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws { try await options.send(.resumed(OrderOptions.orders.reason(reason)), to: name) }
}

/// `burette stop`.
struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop a campaign: ready jobs are withdrawn; running measurements still count.",
        discussion: help(
            "", examples: "burette stop mine --reason \"good enough\"",
            "burette stop mine --broker amqp://burette-operator@broker"))
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws { try await options.send(.stopped(OrderOptions.orders.reason(reason)), to: name) }
}

/// `burette release`.
struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Decide about a held job, or give up a pending one.",
        discussion: help(
            """
            A job is held when its worker was lost during the measurement and the campaign says `redelivery: hold`; `burette status NAME` lists \
            such jobs. --fail also gives up any other pending job, for example one at an instrument that will not come back: the planner takes its point \
            for one that may fail. --withdraw takes a job back that nobody wants measured: nothing is learnt from that, and this very point is not proposed \
            again. The planner replaces both; if a result arrives later, it counts.
            """, examples: "burette release mine 17 --rerun",
            "burette release mine 0017-5be1d0 --fail --reason \"the vial broke\"",
            "burette release mine 18 --withdraw --reason \"too dear\""))
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Argument(help: "The job: its id as status shows it, any beginning of it, or its number.") var job: String
    @Flag(exclusivity: .exclusive, help: "What becomes of it.") var decision: Decision
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    enum Decision: EnumerableFlag {
        case rerun, fail, withdraw

        static func help(for value: Decision) -> ArgumentHelp? {
            switch value {
            case .rerun: "Measure it again (held jobs only)."
            case .fail: "Mark it as failed (any pending job)."
            case .withdraw: "Take it back: nobody wants it measured (any pending job)."
            }
        }
    }

    private var request: OrderRequest {
        switch decision {
        case .rerun: .rerun(job: job)
        case .fail: .fail(job: job)
        case .withdraw: .withdraw(job: job)
        }
    }

    func run() async throws {
        let (order, history): (Event, CampaignHistory)
        do {
            (order, history) = try await options.send(
                request, because: reason, to: name)
        } catch let error as CampaignState.NoSuchJob {
            throw Failure("\(error); burette status \(name) lists the held ones")
        }
        guard let id = order.body.job else { return }
        let statuses = history.state.experiments(of: id).compactMap { history.state.jobs[$0]?.status }
        if !options.json, case .started(let worker, _)? = statuses.first(where: \.isOpen) {
            Output.note("\(worker) said that it measures \(id): if its result comes, it counts")
        }
    }
}
