import Campaigns
import Support
import Testing
import WorkerService

@Suite("A worker's outbox")
struct OutboxTests {
    @Test("keeps a result until it is dropped, over restarts, oldest first")
    func keeps() async throws {
        try await withFolder { folder in
            let outbox = try DirectoryOutbox(directory: folder)
            let events = try [3.0, 1, 2].map { time in
                Event(
                    id: "e\(Int(time))", campaign: try CampaignName("c"), time: time,
                    body: .measured(.init(job: JobID("1"), worker: "w", values: ["y": time], began: 1, ended: 2)))
            }
            for event in events { try outbox.keep(event) }
            let reopened = try DirectoryOutbox(directory: folder)
            #expect(try reopened.kept().results.map(\.time) == [1, 2, 3])
            reopened.drop(events[1])
            #expect(try reopened.kept().results.map(\.time) == [2, 3])
        }
    }
}
