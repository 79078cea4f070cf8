/// What comes of publications that are on their way.
public final class Confirmation: Sendable {
    private let promise = Promise<Void>()

    /// How long a confirm is still waited for after a cancellation: what has arrived is better known than unknown.
    private static let grace = Duration.milliseconds(500)

    /// Returns when every one is confirmed. Throws as ``Channel/publish(_:)`` does, and `CancellationError` when the task is cancelled and
    /// no confirm comes within half a second: a broker without memory may keep a publisher waiting for hours. May be asked once.
    public func confirmed() async throws {
        try await promise.value { [promise] in
            Task {
                try? await Task.sleep(for: Self.grace)
                // Nobody waits any more; what comes of the publications is not known.
                promise.settle(.failure(CancellationError()))
            }
        }
    }

    /// Says what came of them; once they are settled, nothing changes that.
    func settle(_ result: Result<Void, AMQPError>) { promise.settle(result.mapError { $0 }) }
}
