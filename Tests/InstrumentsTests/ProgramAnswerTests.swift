import Campaigns
import Instruments
import Support
import Testing
import WorkerService

@Suite("What a program answers", .timeLimit(.minutes(1)))
struct ProgramAnswerTests {
    @Test("may say whether the point is at fault when it fails")
    func kinds() async throws {
        for kind in FailureKind.allCases {
            await #expect(throws: MeasurementFailure("why", kind: kind)) {
                _ = try await ProgramTests.measure(
                    .shell("echo '{\"failed\": \"why\", \"kind\": \"\(kind.rawValue)\"}'"))
            }
        }
    }

    @Test("may answer with a limit instead of a number, and with what it cost")
    func limits() async throws {
        let result = try await ProgramTests.measure(.shell("echo '{\"branin\": \"< 0.5\", \"cost\": 12}'")).result
        #expect(result.values == ["branin": 0.5] && result.limits == ["branin": .below] && result.cost == 12)
    }
}
