import Foundation

/// What is typed at the standard input, line by line, as it comes.
struct TypedLines {
    private struct Line: Sendable {
        let text: String
        let time: ContinuousClock.Instant
    }

    private var iterator: AsyncStream<Line>.Iterator
    private let isTerminal = isatty(STDIN_FILENO) == 1
    private var since = ContinuousClock.now

    /// Begins to read; calls `ended` when nothing more can come.
    init(ended: @escaping @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream.makeStream(of: Line.self)
        iterator = stream.makeAsyncIterator()
        // A thread of its own: reading blocks, for days perhaps.
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(Line(text: line, time: .now)) }
            continuation.finish()
            ended()
        }
    }

    /// What was typed at a terminal up to now was not meant for what is asked from here on.
    mutating func forget() { since = .now }

    /// The next line; nil at the end, or when the task is cancelled.
    mutating func next() async -> String? {
        while let line = await iterator.next(isolation: nil) {
            if !isTerminal || line.time >= since { return line.text.trimmingCharacters(in: .whitespaces) }
        }
        return nil
    }
}
