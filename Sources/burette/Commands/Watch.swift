import ArgumentParser
import Brokers
import Campaigns
import Execution
import Foundation

/// `burette watch`: what happens, as it happens.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow the events of a campaign until it has ended.",
        discussion:
            "With --broker, follows the feed; otherwise the ledger on this machine. With --json, prints every event from the first one, one per line, as it was published."
    )

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print events as JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        var sight = Sight(json: json)
        if let broker = try broker.rabbitMQ() {
            let known = try await FeedFold.events(of: name, at: broker)
            try sight.take(known, isNews: false)
            var seen = Set(known.map(\.id))
            let feed = try await broker.feed(of: name, follow: true)
            if !sight.isOver {
                for try await parcel in feed {
                    guard let event = try? parcel.event(of: name), seen.insert(event.id).inserted else { continue }
                    try sight.take([event], isNews: true)
                    if sight.isOver { break }
                }
            }
        } else {
            let ledger = try Ledger.open(path: data.ledgerPath(name), create: false)
            var sequence: Int64 = 0
            var isNews = false
            while !sight.isOver {
                let (events, last) = try await ledger.events(after: sequence)
                sequence = last
                try sight.take(events, isNews: isNews)
                isNews = true
                if !sight.isOver { try await Task.sleep(for: .milliseconds(300)) }
            }
        }
        sight.end()
    }
}

/// What a person sees of a campaign's events: where it stands, and then a line for each.
private struct Sight {
    let json: Bool
    private var state = CampaignState()
    private var progress: ProgressLine?

    init(json: Bool) { self.json = json }

    var isOver: Bool { state.isFinished }

    mutating func take(_ events: [Event], isNews: Bool) throws {
        for event in events {
            state.apply(event)
            if json {
                Output.data(String(decoding: try event.json(), as: UTF8.self))
            } else if isNews, let words = event.body.inWords(state) {
                // A stamp that no calendar has is shown as the last or first one that it has.
                let stamp = min(253_402_300_799, max(0, event.time))
                let time = Date(timeIntervalSince1970: stamp).formatted(
                    .iso8601.time(includingFractionalSeconds: false))
                Output.event("\(time) \(words)")
            }
        }
        guard !json, let definition = state.definition, !events.isEmpty else { return }
        let line = progress ?? ProgressLine(definition)
        progress = line
        if Output.isTerminal || !isNews { line.show(state) }
    }

    func end() {
        progress?.end()
        guard !json, let definition = state.definition else { return }
        let (word, reason) = state.phase.inWords
        Output.note("\(definition.name) is \(word)" + (reason.map { ": \($0)" } ?? ""))
    }
}

extension Double {
    /// A fraction as per cent, whatever a worker calls one.
    var percent: String { "\((100 * min(1, max(0, self))).rounded(.down).shortest) %" }
}

extension Event.Body {
    /// What happened, for people; nil where it says nothing to them.
    fileprivate func inWords(_ state: CampaignState) -> String? {
        func at(_ point: Point?) -> String {
            guard let point, let space = state.definition?.space else { return "" }
            return " at \(space.describe(point))"
        }
        func values(_ values: [String: Double]) -> String {
            values.sorted { $0.key < $1.key }.map { name, value in
                let unit = state.definition?.objectives.first { $0.name == name }?.unit
                return "\(name) = \(value.rounded(significant: 6).shortest)" + (unit.map { " \($0)" } ?? "")
            }.joined(separator: ", ")
        }
        switch self {
        case .opened(let opening): return "planner \(opening.planner) takes the campaign up"
        case .published(let job): return "job \(job.id) is ready\(at(job.parameters))"
        case .withdrawn(let reference): return "job \(reference.job) is taken back: \(reference.reason)"
        case .present(let presence): return "worker \(presence.worker) is there, for jobs where \(presence.only)"
        case .started(let start):
            return "job \(start.job) is begun by \(start.worker)" + (start.redelivered ? ", once more" : "")
        case .progressed(let progress):
            let parts = [
                progress.fraction.map(\.percent), progress.note,
                progress.partial.map { "so far \(values($0))" },
            ]
            return "job \(progress.job) at \(progress.worker): \(parts.compactMap(\.self).joined(separator: ", "))"
        case .measured(let measurement):
            let attached = (measurement.attachments ?? []).map { ", \($0.url)" }.joined()
            return
                "job \(measurement.job) is measured by \(measurement.worker): \(values(measurement.values))\(attached)"
        case .failed(let failure): return "job \(failure.job) failed at \(failure.worker): \(failure.reason)"
        case .dead(let reference): return "job \(reference.job) is given up: \(reference.reason)"
        case .held(let hold): return "job \(hold.job) is held by \(hold.by): \(hold.reason)"
        case .released(let release):
            return "job \(release.job) is released by \(release.by), to \(release.decision.rawValue)"
        case .returned(let hold): return "job \(hold.job) is given back by \(hold.by): \(hold.reason)"
        case .injected(let injection):
            let what = injection.values.map { "tells of \(values($0))" } ?? "asks for a measurement"
            return "\(injection.by) \(what)\(at(injection.parameters))"
        case .overdue(let overdue): return "job \(overdue.job) at \(overdue.worker) is overdue: \(overdue.reason)"
        case .unreadable(let reason): return "a message went to the dead queue: \(reason.reason)"
        case .paused(let reason): return "paused by \(reason.by): \(reason.reason)"
        case .resumed(let reason): return "resumed by \(reason.by): \(reason.reason)"
        case .stopped(let reason): return "stopped by \(reason.by): \(reason.reason)"
        case .finished: return nil
        }
    }
}
