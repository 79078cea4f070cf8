import Synchronization

/// A queue of messages within this process, with one reader, who gets everything that has come since the last time.
package final class Mailbox<Signal: Sendable>: Sendable {
    private struct State {
        var waiting: [Signal] = []
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// An empty mailbox.
    package init() {}

    /// Puts a message in; never blocks.
    package func send(_ signal: Signal) {
        let reader = state.withLock { state in
            state.waiting.append(signal)
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Everything that came, at least one; at once, and perhaps nothing, when the task is cancelled.
    package func next() async -> [Signal] {
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

extension Mailbox {
    /// Sends every element of a stream as it comes, and in the end what ended it; nil if it is just over.
    package func forward<Element>(
        _ stream: AsyncThrowingStream<Element, any Error>, as signal: (Element) -> Signal,
        end: ((any Error)?) -> Signal
    ) async {
        do {
            for try await element in stream { send(signal(element)) }
            send(end(nil))
        } catch {
            send(end(error))
        }
    }
}

extension AsyncThrowingStream where Element: Sendable, Failure == any Error {
    /// Hands over what has come since the last time, all of it at once, until `body` says false or the stream ends.
    /// Throws what the stream or `body` throws.
    package func gathered(_ body: ([Element]) async throws -> Bool) async throws {
        let arrivals = Mailbox<Arrival<Element>>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await arrivals.forward(self, as: { .element($0) }, end: { .end($0) }) }
            defer { group.cancelAll() }
            while true {
                let new = await arrivals.next()
                try Task.checkCancellation()
                let elements = new.compactMap { if case .element(let element) = $0 { element } else { nil } }
                if !elements.isEmpty, try await !body(elements) { return }
                // The end comes last.
                guard case .end(let error)? = new.last else { continue }
                if let error { throw error }
                return
            }
        }
    }
}

private enum Arrival<Element: Sendable>: Sendable {
    case element(Element)
    case end((any Error)?)
}
