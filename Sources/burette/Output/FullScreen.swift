import Foundation

/// The whole terminal, while something is shown that is drawn over and over; it is as it was before once that ends.
final class FullScreen: Sendable {
    private let before: termios?

    /// Takes the terminal; nil where standard input and output are none.
    init?() {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, Output.isTerminal else { return nil }
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        before = settings
        // Keys come one by one and are not shown; Ctrl-C is one of them, so that the terminal is given back.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        Self.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    deinit { leave() }

    /// Gives the terminal back; once more does nothing worse.
    func leave() {
        Self.write("\u{1B}[?25h\u{1B}[?1049l")
        if var before { tcsetattr(STDIN_FILENO, TCSANOW, &before) }
    }

    /// Columns and rows, as they are now.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Draws lines from the top, over what is there.
    func draw(_ lines: [String]) {
        Self.write("\u{1B}[H" + lines.map { "\($0)\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// The keys that are pressed.
    var keys: AsyncStream<Character> {
        let (stream, continuation) = AsyncStream.makeStream(of: Character.self)
        FileHandle.standardInput.readabilityHandler = { input in
            let bytes = input.availableData
            guard !bytes.isEmpty else {
                input.readabilityHandler = nil
                continuation.finish()
                return
            }
            for byte in bytes { continuation.yield(Character(UnicodeScalar(byte))) }
        }
        continuation.onTermination = { _ in FileHandle.standardInput.readabilityHandler = nil }
        return stream
    }

    private static func write(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }
}
