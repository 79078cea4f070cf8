import Synchronization

/// A queue of signals with one reader, who gets everything that has come since the last time.
final class Signals<Signal: Sendable>: Sendable {
    private struct State {
        var waiting: [Signal] = []
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func send(_ signal: Signal) {
        let reader = state.withLock { state in
            state.waiting.append(signal)
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Everything that came, at least one. Returns an empty list when the task is cancelled.
    func next() async -> [Signal] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    guard state.waiting.isEmpty, !Task.isCancelled else { return true }
                    state.reader = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.reader.take() }?.resume()
        }
        return state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting
        }
    }
}
