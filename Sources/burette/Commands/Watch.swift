import ArgumentParser
import Campaigns
import Foundation
import Monitoring

/// `burette watch`: what happens, as it happens.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow the events of a campaign until it has ended.",
        discussion: help(
            "With --broker, follows the feed; otherwise the ledger on this machine. On a terminal it shows the whole campaign, drawn anew as it moves; q quits. Elsewhere, and with --plain, a line for each event. With --json, prints every event from the first one, one per line, as it was published.",
            examples: "burette watch mine", "burette watch mine --json")
    )

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print events as JSON.") var json = false
    @Flag(help: "Print a line for each event, on a terminal as well.") var plain = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let source = try broker.source(of: name, data)
        if !json, !plain, let screen = FullScreen() {
            return try await WatchDisplay(screen).show(name, at: source)
        }
        var view = EventView(json: json)
        try await source.follow(name) { try view.show($0) }
        view.end()
    }
}

extension Event {
    /// Its time of day, in UTC. A stamp that no calendar has is shown as the last or first one that it has.
    var clockTime: String {
        let stamp = min(253_402_300_799, max(0, time))
        return Date(timeIntervalSince1970: stamp).formatted(.iso8601.time(includingFractionalSeconds: false))
    }
}

/// What a person sees of a campaign's events: where it stands, and then a line for each.
private struct EventView {
    let json: Bool
    private var state = CampaignState()
    private var progress: ProgressLine?

    init(json: Bool) { self.json = json }

    mutating func show(_ update: CampaignUpdate) throws {
        state = update.state
        for event in update.events {
            if json {
                Output.data(String(decoding: try event.json(), as: UTF8.self))
            } else if update.isNews, let summary = event.body.summary(in: state) {
                Output.event("\(event.clockTime) \(summary)")
            }
        }
        guard !json, let definition = state.definition, !update.events.isEmpty else { return }
        let line = progress ?? ProgressLine(definition)
        progress = line
        if Output.isTerminal || !update.isNews { line.show(state) }
    }

    func end() {
        progress?.end()
        guard !json, let definition = state.definition else { return }
        Output.note("\(definition.name) is \(state.phase.word)" + (state.phase.reason.map { ": \($0)" } ?? ""))
    }
}
