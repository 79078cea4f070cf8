import Campaigns
import Foundation
import Monitoring
import Testing

@testable import Surrogates

/// Campaigns that were recorded once, over RabbitMQ (`Tests/StoredCampaigns/record`): whatever is rebuilt, their messages stay readable, their
/// outcome stays the same, and the planner recommends the same.
@Suite("A stored campaign", .timeLimit(.minutes(2)))
struct StoredCampaignTests {
    private static let names = ["smooth", "mixed", "noisy", "limited"]
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("StoredCampaigns")
    /// Other kernels of the linear algebra add in another order: then the last bits differ, and with them what is recommended.
    private static let hasSameKernels =
        (try? String(contentsOf: folder.appendingPathComponent("kernels.txt"), encoding: .utf8)) == "\(BLAS.kernels)\n"

    private func lines(_ name: String) throws -> [Data] {
        try Data(contentsOf: Self.folder.appendingPathComponent("\(name).jsonl")).split(separator: 0x0A).map {
            Data($0)
        }
    }

    private func events(_ name: String) throws -> [Event] { try lines(name).map { try Event(json: $0) } }

    @Test("is read and written byte for byte", arguments: names)
    func bytes(name: String) throws {
        let lines = try lines(name)
        #expect(lines.count > 40)
        for line in lines { #expect(try Event(json: line).json() == line) }
    }

    @Test("has the same outcome", arguments: names)
    func outcome(name: String) throws {
        let state = CampaignState(try events(name))
        let report = Report(of: try #require(state.definition), state)
        var stored = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: Self.folder.appendingPathComponent("\(name).report.json")))
        if !Self.hasSameKernels { stored.best = report.best }
        #expect(report == stored)
        #expect(report.measured >= 14 && report.pending == 0 && report.failed <= 1)
    }

    @Test("is recommended again, to the last bit", .enabled(if: hasSameKernels), arguments: names)
    func recommendations(name: String) throws {
        let events = try events(name)
        let jobs = CampaignState(events).jobs.values.map(\.job).filter { $0.basis != nil }
        #expect(jobs.count { $0.origin == .planned } > 10)
        for job in jobs {
            let differences = try Replay(of: job.id, in: events).differences
            #expect(differences.isEmpty, "\(job.id): \(differences)")
        }
    }
}
