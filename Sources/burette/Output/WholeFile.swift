import Foundation
import ServiceRuntime

/// A file that is there whole, or as it was before.
enum WholeFile {
    /// Writes it. Throws `FileError`.
    static func write(_ text: String, to path: String) throws(FileError) {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
    }
}
