import Campaigns
import Crypto
import Foundation
import Hummingbird
import NIOCore
import ServiceRuntime

/// Files that people attach to results: photographs, spectra. Each stands in `attachments/SHA256/NAME` of the data folder, which is its address in
/// events as well.
struct AttachmentStore: Sendable {
    /// `attachments` of the data folder.
    private let directory: String
    /// The most bytes of one file.
    private let largest: Int

    init(data: String, largest: Int) {
        directory = "\(data)/attachments"
        self.largest = largest
    }

    /// Keeps what a request brings: it is on the disk, whole, when this returns. The same bytes are kept once, under their first name. Throws
    /// ``Problem`` for too many bytes or none, and `FileError`.
    func keep(_ body: RequestBody, named name: String) async throws -> Attachment {
        try FileError.makingFolder(directory)
        let draft = "\(directory)/.new-\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: draft, contents: nil),
            let file = FileHandle(forWritingAtPath: draft)
        else { throw FileError.afterSystemCall(draft) }
        defer { try? FileManager.default.removeItem(atPath: draft) }
        var (digest, bytes) = (SHA256(), 0)
        for try await piece in body {
            bytes += piece.readableBytes
            guard bytes <= largest else {
                throw Problem(.contentTooLarge, "too-large", "a file has at most \(largest >> 20) MiB")
            }
            let data = Data(buffer: piece)
            digest.update(data: data)
            do { try file.write(contentsOf: data) } catch { throw FileError.afterSystemCall(draft) }
        }
        guard bytes > 0 else { throw Problem(.badRequest, "empty", "the file is empty") }
        do { try file.synchronize() } catch { throw FileError.afterSystemCall(draft) }
        try? file.close()
        let sha256 = digest.finalize().hexadecimal
        if let known = try? attachment(sha256) { return known }
        let folder = "\(directory)/\(sha256)"
        try FileError.makingFolder(folder)
        guard rename(draft, "\(folder)/\(Self.safe(name))") == 0 else { throw FileError.afterSystemCall(folder) }
        return try attachment(sha256)
    }

    /// The reference to a file that was kept. Throws ``Problem`` where there is none of that checksum.
    func attachment(_ sha256: String) throws -> Attachment {
        guard Self.isChecksum(sha256),
            let name = try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(sha256)").sorted().first
        else {
            throw Problem(
                .unprocessableContent, "unknown-attachment",
                "no file with the SHA-256 \(sha256.prefix(64).debugDescription) was sent here")
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(sha256)/\(name)")
        return Attachment(
            url: "attachments/\(sha256)/\(name)", sha256: sha256, bytes: attributes?[.size] as? Int)
    }

    /// Where a file is, by what stands in its address; nil where there is none: no other path is ever looked at.
    func path(_ sha256: String, _ name: String) -> String? {
        guard Self.isChecksum(sha256), name == Self.safe(name) else { return nil }
        let path = "\(directory)/\(sha256)/\(name)"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    private static func isChecksum(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// A file's name of which nothing is special to anybody.
    static func safe(_ name: String) -> String {
        let letters = name.unicodeScalars.suffix(80).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || scalar == "." || scalar == "-" || scalar == "_" ? Character(scalar) : "_"
        }
        let text = String(letters.drop { $0 == "." || $0 == "-" })
        return text.isEmpty ? "file" : text
    }

    /// The media type of a picture that browsers show, by its name; nil for everything else.
    static func pictureType(of name: String) -> String? {
        switch (name as NSString).pathExtension.lowercased() {
        case "jpg", "jpeg": "image/jpeg"
        case "png": "image/png"
        case "gif": "image/gif"
        case "webp": "image/webp"
        default: nil
        }
    }
}
