import CZip
import Foundation

/// The parts of a ZIP archive in memory, read by libzip.
final class ZipArchive {
    private let archive: OpaquePointer
    /// What libzip reads from; it is freed with the archive.
    private let bytes: UnsafeMutableRawPointer

    /// The most bytes that a part may have: an archive of a few kilobytes can claim to hold any number.
    private static let largest: UInt64 = 256 << 20

    /// The archive in `data`. Throws ``Workbook/Unreadable``.
    init(_ data: Data) throws {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(data.count, 1), alignment: 1)
        data.withUnsafeBytes { if let base = $0.baseAddress { bytes.copyMemory(from: base, byteCount: data.count) } }
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        let source = zip_source_buffer_create(bytes, zip_uint64_t(data.count), 0, &error)
        guard let source, let archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) else {
            let reason = String(cString: zip_error_strerror(&error))
            source.map(zip_source_free)
            bytes.deallocate()
            throw Workbook.Unreadable(description: "it is no workbook (\(reason))")
        }
        (self.archive, self.bytes) = (archive, bytes)
    }

    deinit {
        zip_discard(archive)
        bytes.deallocate()
    }

    /// A part by its name; nil where there is none. Throws ``Workbook/Unreadable`` for one that is damaged or too large.
    func part(_ name: String) throws -> Data? {
        // Programs do not agree on capital letters in the names of parts (ECMA-376, part 2, section 9.1).
        let index = zip_name_locate(archive, name, zip_flags_t(ZIP_FL_NOCASE))
        guard index >= 0 else { return nil }
        var status = zip_stat_t()
        guard zip_stat_index(archive, zip_uint64_t(index), 0, &status) == 0, status.size <= Self.largest else {
            throw Workbook.Unreadable(description: "its part \(name) is larger than \(Self.largest >> 20) MB")
        }
        guard let file = zip_fopen_index(archive, zip_uint64_t(index), 0) else {
            throw Workbook.Unreadable(
                description: "its part \(name) cannot be read (\(String(cString: zip_strerror(archive))))")
        }
        defer { zip_fclose(file) }
        var data = Data(count: Int(status.size))
        let count = data.withUnsafeMutableBytes { zip_fread(file, $0.baseAddress, zip_uint64_t($0.count)) }
        guard count == Int64(status.size) else {
            throw Workbook.Unreadable(description: "its part \(name) is damaged")
        }
        return data
    }
}
