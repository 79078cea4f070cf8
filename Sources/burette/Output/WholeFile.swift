import Foundation
import ServiceRuntime

/// A file that is there whole, or as it was before.
enum WholeFile {
    /// Writes it. Throws `FileError`.
    static func write(_ data: Data, to path: String) throws(FileError) {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
    }
}
