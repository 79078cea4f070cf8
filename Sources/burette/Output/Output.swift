import Campaigns
import Foundation
import Synchronization

/// Data goes to standard output, everything else to standard error.
enum Output {
    /// Whether standard error is a terminal, where a line can be drawn over.
    static let isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    /// Whether the terminal shows more than ASCII.
    static let isUnicode: Bool = {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
    }()
    private static let isColorful = isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    /// The line that is drawn over, as it stands on the terminal now.
    private static let live = Mutex("")

    /// One line of data.
    static func data(_ line: String) { write(line + "\n", to: .standardOutput) }

    /// One line of data for a person; where standard output is the terminal, a live line stays below it.
    static func event(_ line: String) {
        live.withLock { live in
            if !live.isEmpty { write("\r\u{1B}[K", to: .standardError) }
            write(line.onOneLine.printable + "\n", to: .standardOutput)
            if !live.isEmpty { write(live, to: .standardError) }
        }
    }

    /// One line for a person; a live line stays below it.
    static func note(_ line: String) {
        live.withLock { live in
            let text = line.printable
            write(live.isEmpty ? text + "\n" : "\r\u{1B}[K\(text)\n\(live)", to: .standardError)
        }
    }

    /// The beginning of a line that a person completes.
    static func prompt(_ text: String) { write(text, to: .standardError) }

    /// An error as one line of JSON on standard error.
    static func error(_ report: ErrorReport) {
        // Nothing in a report is without a form in JSON.
        let json = (try? JSONEncoder.oneLine.encode(["error": report])).map { String(decoding: $0, as: UTF8.self) }
        note(json ?? report.message)
    }

    /// Draws over the live line; an empty one takes it away. Only on a terminal.
    static func draw(_ line: String) {
        guard isTerminal else { return }
        live.withLock { live in
            let width = max(20, terminalWidth() - 1)
            let cut = line.count > width ? String(line.prefix(width - 3)) + "..." : line
            guard cut != live else { return }
            live = cut
            write("\r\u{1B}[K\(cut)", to: .standardError)
        }
    }

    /// A text in bold, where there are colours.
    static func bold(_ text: String) -> String { isColorful ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    private static func terminalWidth() -> Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that is gone gets nothing; the campaign goes on.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// A value as JSON, keys in order.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
