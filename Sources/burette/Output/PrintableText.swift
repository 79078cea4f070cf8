extension String {
    /// The text without what a terminal would obey instead of showing it: a reason, a name or a comment may come from anybody. Bold stays.
    var printable: String {
        guard unicodeScalars.contains(where: \.isObeyed) else { return self }
        let bold = ["\u{1B}[1m", "\u{1B}[0m"]
        for sequence in bold where contains(sequence) {
            return split(separator: sequence, omittingEmptySubsequences: false).map { String($0).printable }
                .joined(separator: sequence)
        }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isObeyed ? "\u{FFFD}" : $0 }))
    }
}

extension String {
    /// The text with the ends of its lines written out: what came in a message is not to look like a line of its own.
    var onOneLine: String { replacing("\r\n", with: "\\n").replacing("\n", with: "\\n").replacing("\r", with: "\\n") }
}

extension UnicodeScalar {
    /// Control characters but line feed and tab, and those that turn the direction of a text around.
    fileprivate var isObeyed: Bool {
        switch value {
        case 0x0A, 0x09: false
        case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
