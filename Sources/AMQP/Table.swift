import CRabbitMQ
import Foundation

/// Calls `body` with a table of AMQP that holds `values`; the table lives as long as the call.
func withTable<Result>(_ values: [String: HeaderValue], _ body: (amqp_table_t) throws -> Result) rethrows -> Result {
    let pool = Pool()
    var entries = values.sorted { $0.key < $1.key }.map { key, value in
        var entry = amqp_table_entry_t()
        entry.key = pool.bytes(key)
        switch value {
        case .string(let text):
            entry.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            entry.value.value.bytes = pool.bytes(text)
        case .integer(let number):
            entry.value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
            entry.value.value.i64 = number
        case .bool(let truth):
            entry.value.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
            entry.value.value.boolean = truth ? 1 : 0
        }
        return entry
    }
    return try withExtendedLifetime(pool) {
        try entries.withUnsafeMutableBufferPointer { buffer in
            try body(amqp_table_t(num_entries: Int32(buffer.count), entries: buffer.baseAddress))
        }
    }
}

/// C copies of texts, freed together.
final class Pool {
    private var copies: [UnsafeMutableRawPointer] = []
    /// What is left of the last piece of memory.
    private var free = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    func bytes(_ data: Data) -> amqp_bytes_t { data.withUnsafeBytes(copy) }

    private func copy(_ bytes: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return amqp_bytes_t(len: 0, bytes: nil) }
        if free.count < bytes.count {
            free = .allocate(byteCount: max(1024, bytes.count), alignment: 1)
            if let start = free.baseAddress { copies.append(start) }
        }
        free.baseAddress?.copyMemory(from: source, byteCount: bytes.count)
        defer { free = UnsafeMutableRawBufferPointer(rebasing: free[bytes.count...]) }
        return amqp_bytes_t(len: bytes.count, bytes: free.baseAddress)
    }

    deinit { for copy in copies { copy.deallocate() } }
}

extension String {
    init(_ bytes: amqp_bytes_t) {
        self =
            bytes.bytes.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: bytes.len), as: UTF8.self) }
            ?? ""
    }
}

extension Data {
    init(_ bytes: amqp_bytes_t) {
        self = bytes.bytes.map { Data(bytes: $0, count: bytes.len) } ?? Data()
    }
}

/// The texts, whole numbers and truth values of a table; what else is in it (dates, nested tables) is left out.
func values(of table: amqp_table_t) -> [String: HeaderValue] {
    var values: [String: HeaderValue] = [:]
    for index in 0..<Int(table.num_entries) {
        let entry = table.entries[index]
        if let value = value(of: entry.value) { values[String(entry.key)] = value }
    }
    return values
}

private func value(of field: amqp_field_value_t) -> HeaderValue? {
    switch Int(field.kind) {
    case Int(AMQP_FIELD_KIND_UTF8.rawValue), Int(AMQP_FIELD_KIND_BYTES.rawValue): .string(String(field.value.bytes))
    case Int(AMQP_FIELD_KIND_BOOLEAN.rawValue): .bool(field.value.boolean != 0)
    case Int(AMQP_FIELD_KIND_I8.rawValue): .integer(Int64(field.value.i8))
    case Int(AMQP_FIELD_KIND_U8.rawValue): .integer(Int64(field.value.u8))
    case Int(AMQP_FIELD_KIND_I16.rawValue): .integer(Int64(field.value.i16))
    case Int(AMQP_FIELD_KIND_U16.rawValue): .integer(Int64(field.value.u16))
    case Int(AMQP_FIELD_KIND_I32.rawValue): .integer(Int64(field.value.i32))
    case Int(AMQP_FIELD_KIND_U32.rawValue): .integer(Int64(field.value.u32))
    case Int(AMQP_FIELD_KIND_I64.rawValue): .integer(field.value.i64)
    case Int(AMQP_FIELD_KIND_U64.rawValue): Int64(exactly: field.value.u64).map { .integer($0) }
    default: nil
    }
}
