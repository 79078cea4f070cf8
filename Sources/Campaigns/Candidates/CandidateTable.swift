import Synchronization

/// The rows of a file of candidates, in columns. A million rows of ten numbers take some 100 MB.
public final class CandidateTable: Sendable {
    /// A column of parameters.
    enum Column: Sendable {
        case numbers([Double])
        case texts([String])
    }

    /// How many rows.
    public let count: Int
    /// The names of the parameters, and their columns.
    let names: [String]
    let columns: [Column]
    /// How many features a row has.
    public let width: Int
    /// The numeric parameters and the descriptors of each row, scaled to [0, 1] by column: count x width.
    private let features: [Float]
    /// The hashes of the rows, ascending, and which row each is of.
    private let index: [(hash: UInt64, row: Int32)]

    init(names: [String], columns: [Column], features: [Float], width: Int, count: Int) {
        (self.names, self.columns, self.features, self.width, self.count) = (names, columns, features, width, count)
        index = (0..<count).map { (Self.hash(columns, $0), Int32($0)) }.sorted { ($0.hash, $0.row) < ($1.hash, $1.row) }
    }

    /// The point of a row.
    public func point(_ row: Int) -> Point {
        var point = Point()
        for (name, column) in zip(names, columns) {
            switch column {
            case .numbers(let numbers): point[name] = .number(numbers[row])
            case .texts(let texts): point[name] = .option(texts[row])
            }
        }
        return point
    }

    /// The row of a point; nil where it is none. Cost: log n.
    public func row(of point: Point) -> Int? {
        var hash = Self.start
        for (name, column) in zip(names, columns) {
            switch (column, point[name]) {
            case (.numbers, .number(let number)?): Self.add(number, &hash)
            case (.texts, .option(let text)?): Self.add(text, &hash)
            default: return nil
            }
        }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if index[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        while low < count, index[low].hash == hash {
            let row = Int(index[low].row)
            if isPoint(row, point) { return row }
            low += 1
        }
        return nil
    }

    /// The features of a row.
    public func features(_ row: Int) -> [Double] { (0..<width).map { Double(features[row * width + $0]) } }

    /// The squared distances of all rows from some features.
    public func distances(from place: [Double]) -> [Float] {
        let place = place.map(Float.init)
        return (0..<count).map { row in
            var sum: Float = 0
            for column in 0..<width {
                let gap = features[row * width + column] - place[column]
                sum += gap * gap
            }
            return sum
        }
    }

    /// The rows that a worker can measure.
    public func rows(admittedBy only: Capability) -> [Int32] {
        let tests = zip(names, columns).compactMap { name, column in only.values[name].map { ($0, column) } }
        return (0..<Int32(count)).filter { row in
            tests.allSatisfy { values, column in
                switch column {
                case .numbers(let numbers): values.contains(.number(numbers[Int(row)]))
                case .texts(let texts): values.contains(.option(texts[Int(row)]))
                }
            }
        }
    }

    /// Two rows with the same point; nil where all differ.
    var twins: (Int, Int)? {
        for (one, next) in zip(index, index.dropFirst()) where one.hash == next.hash {
            if isPoint(Int(next.row), point(Int(one.row))) { return (Int(one.row), Int(next.row)) }
        }
        return nil
    }

    private func isPoint(_ row: Int, _ point: Point) -> Bool {
        zip(names, columns).allSatisfy { name, column in
            switch column {
            case .numbers(let numbers): point[name] == .number(numbers[row])
            case .texts(let texts): point[name] == .option(texts[row])
            }
        }
    }

    // FNV-1a, the same at every start.
    private static let start: UInt64 = 0xcbf2_9ce4_8422_2325

    private static func addByte(_ byte: UInt8, _ hash: inout UInt64) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

    private static func add(_ number: Double, _ hash: inout UInt64) {
        var bits = (number == 0 ? 0 : number).bitPattern
        for _ in 0..<8 {
            addByte(UInt8(truncatingIfNeeded: bits), &hash)
            bits >>= 8
        }
    }

    private static func add(_ text: String, _ hash: inout UInt64) {
        for byte in text.utf8 { addByte(byte, &hash) }
        addByte(0xff, &hash)
    }

    private static func hash(_ columns: [Column], _ row: Int) -> UInt64 {
        var hash = start
        for column in columns {
            switch column {
            case .numbers(let numbers): add(numbers[row], &hash)
            case .texts(let texts): add(texts[row], &hash)
            }
        }
        return hash
    }
}

/// The tables that this process has read: a large one takes seconds, and the same columns of the same file have always the same.
public final class CandidateTables: Sendable {
    public static let shared = CandidateTables()
    private let tables = Mutex<[Candidates: CandidateTable]>([:])

    /// A table that was read already.
    public func known(_ candidates: Candidates) -> CandidateTable? { tables.withLock { $0[candidates] } }

    /// The table of some candidates, read from their file where it is not known. Throws ``CandidatesError``.
    public func table(of candidates: Candidates) throws(CandidatesError) -> CandidateTable {
        if let known = known(candidates) { return known }
        let read = try CandidateFile(
            path: candidates.file, parameters: candidates.parameters, descriptors: candidates.descriptors)
        guard read.candidates.sha256 == candidates.sha256 else {
            throw CandidatesError(
                candidates.file,
                "the file has changed since the campaign was opened with it; put the old one back, or start the planner with the new one"
            )
        }
        return read.table
    }

    func keep(_ table: CandidateTable, of candidates: Candidates) { tables.withLock { $0[candidates] = table } }
}
