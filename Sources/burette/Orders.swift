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
        let body = order(.init(by: name, reason: reason ?? "as ordered"))
        let event = Event(
            id: "order-\(UUID().uuidString.lowercased())", campaign: campaign, time: Date().timeIntervalSince1970,
            body: body)
        if let broker = try options.broker.rabbitMQ() {
            try await broker.send(order: event)
        } else {
            let ledger = try Ledger.open(path: options.data.ledgerPath(campaign), create: false)
            try await ledger.append([event])
        }
        Output.note("\(campaign): \(body.type)")
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
        abstract: "Hands out no more jobs until the campaign is resumed; what is being measured goes on.")
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Why, for the record.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        try await OrderSender.send(Event.Body.paused, to: name, reason: reason, options)
    }
}

/// `burette resume`.
struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Hands out jobs again.")
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Why, for the record.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        try await OrderSender.send(Event.Body.resumed, to: name, reason: reason, options)
    }
}

/// `burette stop`.
struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends a campaign: ready jobs are taken back, what is being measured still counts.")
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "Why, for the record.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        try await OrderSender.send(Event.Body.stopped, to: name, reason: reason, options)
    }
}
