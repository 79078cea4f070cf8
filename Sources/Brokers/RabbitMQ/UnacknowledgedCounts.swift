/// How many messages of each queue are unacknowledged, by the management API. While the API does not answer it is asked rarely: each question
/// costs its caller up to 3 s.
actor UnacknowledgedCounts {
    private let ask: @Sendable (_ queue: String) async throws -> Int?
    private let now: @Sendable () -> ContinuousClock.Instant
    private var pause = UnacknowledgedCounts.firstPause
    private var nextQuestion: ContinuousClock.Instant?

    /// `ask` throws where the API does not answer, and returns nil where it does not know the queue (yet).
    init(
        ask: @escaping @Sendable (_ queue: String) async throws -> Int?,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.ask = ask
        self.now = now
    }

    /// The count for one queue; nil where the API does not tell it, or is not asked now.
    func count(inQueue name: String) async -> Int? {
        if let nextQuestion, now() < nextQuestion { return nil }
        do {
            let count = try await ask(name)
            (nextQuestion, pause) = (nil, Self.firstPause)
            return count
        } catch {
            nextQuestion = now() + pause
            pause = min(pause * 2, Self.longestPause)
            return nil
        }
    }

    private static let firstPause = Duration.seconds(300)
    private static let longestPause = Duration.seconds(3600)
}
