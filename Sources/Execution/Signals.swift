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

extension AsyncThrowingStream where Element: Sendable, Failure == any Error {
    /// Hands over what has come since the last time, all of it at once, until `body` says false or the stream ends.
    /// Throws what the stream or `body` throws.
    func gathered(_ body: ([Element]) async throws -> Bool) async throws {
        let arrivals = Signals<Arrival<Element>>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await element in self { arrivals.send(.element(element)) }
                    arrivals.send(.end(nil))
                } catch {
                    arrivals.send(.end(error))
                }
            }
            defer { group.cancelAll() }
            while true {
                var elements: [Element] = []
                var end: Result<Void, any Error>?
                for arrival in await arrivals.next() {
                    switch arrival {
                    case .element(let element): elements.append(element)
                    case .end(let error): end = error.map(Result.failure) ?? .success(())
                    }
                }
                try Task.checkCancellation()
                if !elements.isEmpty, try await !body(elements) { return }
                if let end { return try end.get() }
            }
        }
    }
}

private enum Arrival<Element: Sendable>: Sendable {
    case element(Element)
    case end((any Error)?)
}
