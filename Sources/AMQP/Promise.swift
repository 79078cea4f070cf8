import Synchronization

/// A value that comes later, or an error: settled once, by whoever is first, and awaited by one task.
///
/// The waiting task is resumed under no lock, and its cancellation takes none but this promise's own. Otherwise two threads could wait for each other: a
/// cancellation runs under a lock of the cancelled task, which whoever resumes that task needs too.
package final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case settled(Result<Value, any Error>)
    }

    private let state = Mutex(State.open)

    /// A promise that nobody has settled.
    package init() {}

    /// Whether anything further changes nothing.
    package var isSettled: Bool {
        state.withLock { state in if case .settled = state { true } else { false } }
    }

    /// The value, once it is there. Throws the error that it was settled with. May be asked once. A cancellation of the task calls `cancelled`, which
    /// settles the promise, at once or in time, and takes no lock that is held where promises are settled.
    package func value(cancelled: @Sendable () -> Void) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Value, any Error>? in
                    if case .settled(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            cancelled()
        }
    }

    /// The same; a cancellation settles it at once, with `CancellationError`.
    package func value() async throws -> Value {
        try await value { settle(.failure(CancellationError())) }
    }

    /// Settles it; false where it was settled already, and this changed nothing.
    @discardableResult
    package func settle(_ result: Result<Value, any Error>) -> Bool {
        let (isFirst, waiting) = state.withLock { state -> (Bool, CheckedContinuation<Value, any Error>?) in
            defer { if case .settled = state {} else { state = .settled(result) } }
            switch state {
            case .settled: return (false, nil)
            case .open: return (true, nil)
            case .awaited(let continuation): return (true, continuation)
            }
        }
        waiting?.resume(with: result)
        return isFirst
    }
}
