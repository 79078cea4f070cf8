import Campaigns
import Foundation
import ServiceRuntime

/// The numbers of a campaign's charts as JSON, written once for what is known: every browser asks for the same, at the same time.
actor ProgressCache {
    private let offloading: any Offloading
    private var written: [CampaignName: (events: Int, json: Task<Data?, any Error>)] = [:]
    /// At most so many campaigns are kept.
    private static let capacity = 64

    init(_ dependencies: Dependencies) { offloading = dependencies.offloading }

    /// The JSON of a campaign's ``ProgressSeries``; nil before a planner opened it.
    func json(of snapshot: CampaignSnapshot) async throws -> Data? {
        if let known = written[snapshot.name], known.events == snapshot.events.count {
            return try await known.json.value
        }
        if written.count >= Self.capacity { written.removeAll() }
        let offloading = offloading
        let json = Task {
            try await offloading.run { try ProgressSeries(snapshot).map { try APIRoutes.encoder.encode($0) } }
        }
        written[snapshot.name] = (snapshot.events.count, json)
        return try await json.value
    }
}
