import Campaigns
import Crypto
import Foundation
import WorkerService

extension Attachment {
    /// A reference to a file of this host: `file://HOST/PATH`, with the checksum of what is in it now. Cost: reads the file. Throws
    /// ``MeasurementFailure`` if it cannot be read.
    public init(file path: String) throws(MeasurementFailure) {
        let file = URL(fileURLWithPath: path).standardizedFileURL
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            var (digest, bytes) = (SHA256(), 0)
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
                digest.update(data: piece)
                bytes += piece.count
            }
            let sum = digest.finalize().hexadecimal
            var address = URLComponents()
            (address.scheme, address.host, address.path) = ("file", ProcessInfo.processInfo.hostName, file.path)
            self.init(url: address.string ?? file.path, sha256: sum, bytes: bytes)
        } catch {
            throw MeasurementFailure("the attachment \(path.prefix(200)) cannot be read")
        }
    }
}
