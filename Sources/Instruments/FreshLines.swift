import Foundation
import Synchronization

/// The lines of a file that somebody else writes, each read once.
final class FreshLines: Sendable {
    private let path: String
    /// How far it is read, and the piece of a line after that.
    private let state = Mutex((offset: UInt64(0), rest: Data()))

    init(_ path: String) { self.path = path }

    /// The whole lines that came since the last time; at the `end` of the file also one without an end.
    func read(atEnd: Bool = false) -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        return state.withLock { state in
            try? file.seek(toOffset: state.offset)
            let fresh = (try? file.read(upToCount: 1 << 20)) ?? Data()
            state.offset += UInt64(fresh.count)
            var text = state.rest + fresh
            if atEnd { text.append(0x0A) }
            guard !text.isEmpty, let end = text.lastIndex(of: 0x0A) else {
                state.rest = text.count > 1 << 16 ? Data() : text
                return []
            }
            state.rest = Data(text[text.index(after: end)...])
            return String(decoding: text[..<end], as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }
}
