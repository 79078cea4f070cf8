import CQRencode

/// A text as a QR code (ISO/IEC 18004), for the camera of a phone.
struct QRCode: Sendable {
    /// The length of a side in modules, with the quiet zone of four around it.
    let side: Int
    /// The dark modules, as the outline of an SVG path.
    let path: String

    private static let quiet = 4

    /// The code of a text of at most some 2,000 bytes; nil for one that does not fit.
    init?(_ text: String) {
        // Version 0 is the smallest that holds it; a quarter of it may be stained.
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_Q) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        side = width + 2 * Self.quiet
        var path = ""
        for row in 0..<width {
            for column in 0..<width where code.pointee.data[row * width + column] & 1 == 1 {
                path += "M\(column + Self.quiet) \(row + Self.quiet)h1v1h-1z"
            }
        }
        self.path = path
    }
}
