import Synchronization

/// What comes of publications that are on their way.
public final class Confirmation: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Void, any Error>)
        case settled(Result<Void, any Error>)
    }

    private let state = Mutex(State.open)

    /// How long a confirm is still waited for after a cancellation: what has arrived is better known than unknown.
    private static let grace = Duration.milliseconds(500)

    /// Returns when every one is confirmed. Throws as ``Channel/publish(_:)`` does, and `CancellationError` when the task is cancelled and
    /// no confirm comes within half a second: a broker without memory may keep a publisher waiting for hours. May be asked once.
    public func confirmed() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if case .settled(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            Task {
                try? await Task.sleep(for: Self.grace)
                // Nobody waits any more; what comes of the publications is not known.
                end(with: .failure(CancellationError()))
            }
        }
    }

    /// Says what came of them; once they are settled, nothing changes that.
    func settle(_ result: Result<Void, AMQPError>) { end(with: result.mapError { $0 }) }

    private func end(with result: Result<Void, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            switch state {
            case .settled: return nil
            case .open:
                state = .settled(result)
                return nil
            case .awaited(let continuation):
                state = .settled(result)
                return continuation
            }
        }
        waiter?.resume(with: result)
    }
}
