import Campaigns
import Foundation
import Monitoring
import UnixSignals

/// A campaign on the whole terminal, until it ends or somebody has seen enough.
actor WatchDisplay {
    private let screen: FullScreen
    private var state = CampaignState()
    private var news: [String] = []
    private let began = Date().timeIntervalSince1970
    private var measuredThen: Int?

    /// So many events are kept for a terminal of any height.
    private static let mostNews = 200

    init(_ screen: FullScreen) { self.screen = screen }

    /// Follows a campaign. Throws `CancellationError` at Ctrl-C or a signal, and what its source throws; the terminal is given back before.
    func show(_ campaign: CampaignName, at source: CampaignSource) async throws {
        defer { screen.leave() }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let hasEnded = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await source.follow(campaign) { update in await self.take(update) }
                return true
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    await self.draw()
                }
            }
            group.addTask { [screen] in
                for await key in screen.keys {
                    if key == "q" || key == "Q" { return false }
                    if key == "\u{3}" { throw CancellationError() }
                }
                // Nobody can press a key any more: it goes on until the campaign ends.
                try await Task.sleep(for: .seconds(1_000_000_000))
                return false
            }
            group.addTask {
                for await _ in signals { throw CancellationError() }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        screen.leave()
        guard hasEnded else { return }
        Output.note("\(campaign) is \(state.phase.word)" + (state.phase.reason.map { ": \($0)" } ?? ""))
    }

    private func take(_ update: CampaignUpdate) {
        state = update.state
        if measuredThen == nil { measuredThen = state.measured }
        for event in update.events.suffix(Self.mostNews) {
            if let summary = event.body.summary(in: state) { news.append("\(event.clockTime) \(summary)") }
        }
        news = news.suffix(Self.mostNews)
        draw()
    }

    private func draw() {
        let (width, height) = screen.size
        let layout = WatchScreen(width: width, height: height, isUnicode: Output.isUnicode)
        screen.draw(
            layout.lines(
                state, news: news, now: Date().timeIntervalSince1970, began: (began, measuredThen ?? state.measured)))
    }
}
