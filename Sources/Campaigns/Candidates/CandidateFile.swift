import Crypto
import Foundation
import SwiftCSV

/// A file of candidates, read: CSV with a header, a candidate a row.
struct CandidateFile {
    /// The most rows.
    static let most = 5_000_000
    let candidates: Candidates
    let parameters: [Parameter]
    let table: CandidateTable

    /// Reads a file. `parameters` are the columns that a job has: where they are not named, those with texts, or else all. `descriptors` are
    /// columns of numbers: where they are not named, all others. Throws ``CandidatesError``. Cost: some seconds for a million rows.
    init(path: String, parameters named: [String]?, descriptors: [String]?) throws(CandidatesError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CandidatesError(path, "there is no such file, or it cannot be read")
        }
        var reader = Reader(path: path, named: named, descriptors: descriptors)
        try Self.forEachChunk(of: data, path) { chunk throws(CandidatesError) in try reader.read(chunk) }
        guard !reader.names.isEmpty, reader.count > 0 else {
            throw CandidatesError(path, "has no candidate; it needs a header and rows")
        }
        let digest = SHA256.hash(data: data).hexadecimal
        let isParameter = Set(reader.parameters)
        var (names, columns, parameters): ([String], [CandidateTable.Column], [Parameter]) = ([], [], [])
        var numeric: [[Double]] = []
        for (index, name) in reader.names.enumerated() {
            let (texts, numbers) = (reader.texts[index], reader.numbers[index])
            if let numbers { numeric.append(numbers) }
            guard isParameter.contains(name) else { continue }
            names.append(name)
            columns.append(numbers.map { .numbers($0) } ?? .texts(texts ?? []))
            parameters.append(Parameter(name: name, domain: numbers.map(Self.range) ?? .listed))
        }
        guard !numeric.isEmpty else {
            throw CandidatesError(
                path, "has no column of numbers; without descriptors the planner cannot tell candidates apart")
        }
        table = CandidateTable(
            names: names, columns: columns, features: Self.features(numeric, reader.count), width: numeric.count,
            count: reader.count)
        if let (one, other) = table.twins {
            throw CandidatesError(path, row: other + 2, "is the same candidate as row \(one + 2)")
        }
        candidates = Candidates(
            file: path, sha256: digest, rows: reader.count, parameters: names, descriptors: reader.descriptors)
        self.parameters = parameters
        CandidateTables.shared.keep(table, of: candidates)
    }

    /// From the least number to the largest one.
    private static func range(_ numbers: [Double]) -> Parameter.Domain {
        let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
        return low < high
            ? .continuous(low: low, high: high, scale: .linear) : .discrete(levels: [low], scale: .linear)
    }

    /// Every column to [0, 1], a row after the other.
    private static func features(_ columns: [[Double]], _ count: Int) -> [Float] {
        var features = [Float](repeating: 0, count: count * columns.count)
        for (index, column) in columns.enumerated() {
            let (low, high) = (column.min() ?? 0, column.max() ?? 0)
            guard high > low else { continue }
            for row in 0..<count { features[row * columns.count + index] = Float((column[row] - low) / (high - low)) }
        }
        return features
    }

    /// Parts of a text of whole records each, so that no parser has to hold all of it.
    private static func forEachChunk(
        of data: Data, _ path: String, _ body: (String) throws(CandidatesError) -> Void
    ) throws(CandidatesError) {
        let size = 1 << 20
        var (start, isQuoted, end) = (data.startIndex, false, data.startIndex)
        for index in data.indices {
            let byte = data[index]
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard byte == UInt8(ascii: "\n"), !isQuoted else { continue }
            end = index + 1
            guard end - start >= size else { continue }
            try body(try text(data[start..<end], path))
            start = end
        }
        if start < data.endIndex { try body(try text(data[start...], path)) }
    }

    private static func text(_ data: Data, _ path: String) throws(CandidatesError) -> String {
        guard let text = String(data: data, encoding: .utf8) else {
            throw CandidatesError(path, "is not text in UTF-8")
        }
        return text
    }

    /// What was read so far.
    private struct Reader {
        let path: String
        let named: [String]?
        let wanted: [String]?
        var names: [String] = []
        var parameters: [String] = []
        var descriptors: [String] = []
        var texts: [Int: [String]] = [:]
        var numbers: [Int: [Double]] = [:]
        var count = 0

        init(path: String, named: [String]?, descriptors: [String]?) {
            (self.path, self.named, wanted) = (path, named, descriptors)
        }

        mutating func read(_ chunk: String) throws(CandidatesError) {
            let rows: [[String]]
            do {
                let isFirst = names.isEmpty
                // The parser takes the first line for a header.
                let csv = try CSV<Enumerated>(
                    string: isFirst ? chunk : "\n" + chunk, delimiter: .comma, loadColumns: false)
                if isFirst { try begin(csv.header, csv.rows.first) }
                rows = csv.rows
            } catch let error as CandidatesError {
                throw error
            } catch {
                throw CandidatesError(path, "is no CSV near row \(count + 2): \(error)")
            }
            for row in rows where !(row.count == 1 && row[0].isEmpty) { try take(row) }
        }

        private mutating func begin(_ header: [String], _ first: [String]?) throws(CandidatesError) {
            names = header.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            guard let first else { return }
            if let twin = names.first(where: { name in names.count { $0 == name } > 1 }) {
                throw CandidatesError(path, "the column \"\(twin)\" stands twice in the header")
            }
            for name in (named ?? []) + (wanted ?? []) where !names.contains(name) {
                throw CandidatesError(path, "has no column \"\(name)\" (\(listing(names)))")
            }
            let isText = { (index: Int) in index < first.count && Double(first[index]) == nil }
            let texts = names.indices.filter(isText).map { names[$0] }
            parameters = named ?? (texts.isEmpty ? names : texts)
            descriptors = wanted ?? names.filter { !parameters.contains($0) && !texts.contains($0) }
            for (index, name) in names.enumerated() {
                if isText(index), descriptors.contains(name) {
                    throw CandidatesError(
                        path,
                        "the descriptor \"\(name)\" is \"\(first[index].prefix(40))\" in the first row, not a number")
                }
                if isText(index), parameters.contains(name) { self.texts[index] = [] }
                if !isText(index), parameters.contains(name) || descriptors.contains(name) { numbers[index] = [] }
            }
        }

        private mutating func take(_ row: [String]) throws(CandidatesError) {
            guard row.count == names.count else {
                throw CandidatesError(path, row: count + 2, "has \(row.count) cells, and the header \(names.count)")
            }
            for (index, cell) in row.enumerated() {
                guard !cell.isEmpty || (texts[index] == nil && numbers[index] == nil) else {
                    throw CandidatesError(path, row: count + 2, "has no \(names[index])")
                }
                if texts[index] != nil {
                    texts[index]?.append(cell)
                } else if numbers[index] != nil {
                    guard let number = Double(cell), number.isFinite else {
                        throw CandidatesError(
                            path, row: count + 2, "\(names[index]) is \"\(cell.prefix(40))\", not a number")
                    }
                    numbers[index]?.append(number)
                }
            }
            count += 1
            guard count <= CandidateFile.most else {
                throw CandidatesError(path, "has more than \(CandidateFile.most) rows")
            }
        }
    }
}
