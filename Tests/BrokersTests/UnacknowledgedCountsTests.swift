import Synchronization
import Testing

@testable import Brokers

/// An instant that a test moves, and what was asked at it.
private final class API: Sendable {
    private struct Silence: Error {}
    private let state = Mutex((now: ContinuousClock.now, asked: 0, answer: Int?.none))

    var now: ContinuousClock.Instant { state.withLock { $0.now } }
    var asked: Int { state.withLock { $0.asked } }

    func pass(seconds: Double) { state.withLock { $0.now += .seconds(seconds) } }
    func answer(_ answer: Int?) { state.withLock { $0.answer = answer } }

    func ask() throws -> Int {
        try state.withLock { state in
            state.asked += 1
            guard let answer = state.answer else { throw Silence() }
            return answer
        }
    }
}

@Suite("A management API")
struct UnacknowledgedCountsTests {
    @Test("that does not answer is asked every five minutes, then more rarely, and at once again when it answers")
    func silence() async {
        let api = API()
        let counts = UnacknowledgedCounts(ask: { _ in try api.ask() }, now: { api.now })
        for _ in 0..<5 {
            #expect(await counts.count(inQueue: "work") == nil)
            api.pass(seconds: 59)
        }
        #expect(api.asked == 1)
        api.pass(seconds: 5)
        #expect(await counts.count(inQueue: "work") == nil)
        api.pass(seconds: 599)
        #expect(await counts.count(inQueue: "other") == nil)
        #expect(api.asked == 2)
        api.pass(seconds: 1)
        api.answer(3)
        for asked in 3...5 {
            #expect(await counts.count(inQueue: "work") == 3)
            #expect(api.asked == asked)
        }
        api.answer(nil)
        #expect(await counts.count(inQueue: "work") == nil)
        api.pass(seconds: 300)
        api.answer(1)
        #expect(await counts.count(inQueue: "work") == 1)
    }
}
