import Synchronization

/// What comes of publications that are on their way.
public final class Confirmation: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Void, any Error>)
        case settled(Result<Void, AMQPError>)
    }

    private let state = Mutex(State.open)

    /// Returns when every one is confirmed. Throws as ``Channel/publish(_:)`` does. May be asked once.
    public func confirmed() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Void, AMQPError>? in
                if case .settled(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Called once.
    func settle(_ result: Result<Void, AMQPError>) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            defer { state = .settled(result) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiter?.resume(with: result)
    }
}
