import Campaigns
import Spreadsheets

/// What came of what a person typed into a row.
struct Taken {
    /// What is wrong with it, cell by cell.
    var flags: [ColumnRole: String] = [:]
    /// The cells whose texts the record has: these follow it from now on.
    var recorded: Set<ColumnRole> = []
    /// Whether something was sent of which the record does not tell yet.
    var isUnderWay = false
}

/// The changes of one worksheet, row by row.
struct TabPlan {
    private enum Fate {
        case follow(Taken)
        case keep(flags: [ColumnRole: String])
        case name(String)
        case delete
    }

    let reading: TabReading
    private let wanted: [Rendering.Row]
    private let wantedPlaces: [String: Int]
    private let firsts: [String: Int]
    private var fates: [Int: Fate] = [:]
    /// The order into which a person has put the jobs, where it is another one than was written.
    var ownOrder: [String]?

    init(_ reading: TabReading, wanted: [Rendering.Row]) {
        self.reading = reading
        self.wanted = wanted
        wantedPlaces = Dictionary(
            wanted.enumerated().map { ($1.job.rawValue, $0) }
        ) { first, _ in first }
        firsts = Dictionary(reading.rows.filter { !$0.id.isEmpty }.map { ($0.id, $0.index) }) { first, _ in first }
    }

    /// Whether it is the first row of its job.
    func isFirst(_ row: TabReading.Row) -> Bool { firsts[row.id] == row.index }
    /// Whether its job belongs into this worksheet now.
    func isWanted(_ row: TabReading.Row) -> Bool { wantedPlaces[row.id] != nil }

    mutating func follow(_ row: TabReading.Row, _ taken: Taken) { fates[row.index] = .follow(taken) }
    mutating func keep(_ row: TabReading.Row, flags: [ColumnRole: String]) { fates[row.index] = .keep(flags: flags) }
    mutating func name(_ row: TabReading.Row, _ id: String) { fates[row.index] = .name(id) }
    mutating func delete(_ row: TabReading.Row) { fates[row.index] = .delete }

    /// All of them: cells where they are, then what moves rows.
    func changes() -> [SheetChange] {
        var (cells, gone): ([SheetChange], Set<Int>) = ([], [])
        for row in reading.rows {
            switch fates[row.index] {
            case .follow(let taken):
                if let place = wantedPlaces[row.id] {
                    cells += following(row, wanted[place], taken)
                } else if taken.flags.isEmpty && !taken.isUnderWay {
                    gone.insert(row.index)
                } else {
                    cells += flagging(row, taken.flags)
                }
            case .keep(let flags): cells += flagging(row, flags)
            case .name(let id):
                var mark = RowMark(job: id)
                mark.isNew = true
                cells += reading.changes(writing: [.id: .text(id), .mark: .text(mark.text)], into: row.index)
                cells += notes(row, [:], at: row.index)
            case .delete: gone.insert(row.index)
            case nil: continue
            }
        }
        return columns() + cells + arranging(gone) + reading.changes(settingMark: mark)
    }

    /// What people typed that cannot be taken, row by row.
    var problems: [SheetProblem] {
        reading.rows.flatMap { row -> [SheetProblem] in
            let flags: [ColumnRole: String]
            switch fates[row.index] {
            case .follow(let taken): flags = taken.flags
            case .keep(let kept): flags = kept
            case .name, .delete, nil: return []
            }
            return reading.layout.columns.compactMap { role, heading in
                flags[role].map {
                    SheetProblem(
                        tab: reading.layout.tab, row: row.index + 1, heading: heading, text: row.text(role), reason: $0)
                }
            }
        }
    }

    private var mark: TabMark {
        var mark = TabMark()
        if reading.layout.tab == .results {
            mark.count = wanted.count
        } else {
            mark.jobs = wanted.map(\.job.rawValue)
        }
        return mark
    }

    /// Columns that a person has deleted come back behind the others.
    private func columns() -> [SheetChange] {
        reading.missing.enumerated().flatMap { index, column -> [SheetChange] in
            [
                .write(row: 0, column: reading.width + index, [.text(column.role.key)]),
                .write(row: 1, column: reading.width + index, [.text(column.heading)]),
            ]
        }
    }

    /// A row that follows the record, but for what a person has typed and the record does not have.
    private func following(_ row: TabReading.Row, _ wanted: Rendering.Row, _ taken: Taken) -> [SheetChange] {
        var mark = wanted.mark()
        if ownOrder != nil { mark.place = row.mark?.place ?? mark.place }
        var values: [ColumnRole: CellValue] = [:]
        for (role, _) in reading.layout.columns where !role.isHidden {
            let value = wanted.cells[role] ?? .empty
            if role.isEditable, !taken.recorded.contains(role), let typed = row.typed(role),
                !TabReading.Row.isSame(typed, value.text),
                row.mark != nil, !typed.isEmpty || taken.flags[role] != nil
            {
                // It stays as it was typed; what was written before stays known.
                if typed.isEmpty { values[role] = value } else { mark.written[role.key] = row.mark?.written[role.key] }
            } else if taken.recorded.contains(role) ? row.text(role) != value.text : !row.has(value, at: role) {
                values[role] = value
            }
        }
        mark.flags = flags(row, taken.flags)
        if row.mark != mark { values[.mark] = .text(mark.text) }
        if row.text(.id) != wanted.job.rawValue { values[.id] = .text(wanted.job.rawValue) }
        return reading.changes(writing: values, into: row.index) + notes(row, taken.flags, at: row.index)
    }

    /// A row that stays as it is, with notes.
    private func flagging(_ row: TabReading.Row, _ flags: [ColumnRole: String]) -> [SheetChange] {
        var mark = row.mark ?? RowMark(job: row.id)
        mark.flags = self.flags(row, flags)
        guard mark.flags != row.mark?.flags ?? [:] else { return [] }
        return reading.changes(writing: [.mark: .text(mark.text)], into: row.index)
            + notes(row, flags, at: row.index)
    }

    /// That a row came back stays said.
    private static let lasting = ColumnRole.fact("job")

    private func flags(_ row: TabReading.Row, _ flags: [ColumnRole: String]) -> [String: String] {
        var all = Dictionary(flags.map { ($0.key.key, $0.value) }) { first, _ in first }
        if let lasting = row.mark?.flags[Self.lasting.key], all[Self.lasting.key] == nil {
            all[Self.lasting.key] = lasting
        }
        return all
    }

    private func notes(_ row: TabReading.Row, _ flags: [ColumnRole: String], at index: Int) -> [SheetChange] {
        let (before, after) = (row.mark?.flags ?? [:], self.flags(row, flags))
        return reading.layout.columns.compactMap { role, _ in
            guard before[role.key] != after[role.key], let place = reading.places[role] else { return nil }
            return .flag(row: index, column: place, after[role.key])
        }
    }

    /// Rows that go, come and move.
    private func arranging(_ gone: Set<Int>) -> [SheetChange] {
        var changes: [SheetChange] = gone.sorted(by: >).map { .delete(row: $0) }
        let missing = wanted.filter { firsts[$0.job.rawValue] == nil || gone.contains(firsts[$0.job.rawValue] ?? -1) }
        guard reading.layout.tab == .queue else {
            if !missing.isEmpty { changes.append(.append(missing.map(newRow))) }
            return changes + missing.enumerated().flatMap { returned($1, at: reading.height - gone.count + $0) }
        }
        // The jobs in their order first, then whatever else people have written there.
        var rows = reading.rows.filter { !gone.contains($0.index) }.map {
            wantedPlaces[$0.id] != nil && isFirst($0) ? $0.id : ""
        }
        var target = wanted.map(\.job.rawValue)
        if let ownOrder { target = ownOrder + target.filter { !ownOrder.contains($0) } }
        for (index, id) in target.enumerated() where !rows.indices.contains(index) || rows[index] != id {
            let at = Layout.headRows + index
            if let place = rows.firstIndex(of: id) {
                changes.append(.move(row: Layout.headRows + place, to: at))
                rows.insert(rows.remove(at: place), at: index)
            } else if let row = wanted.first(where: { $0.job.rawValue == id }) {
                changes.append(.insert(row: at, newRow(row)))
                changes += returned(row, at: at)
                rows.insert(id, at: index)
            }
        }
        return changes
    }

    private func newRow(_ row: Rendering.Row) -> [CellValue] {
        var cells = row.cells
        cells[.id] = .text(row.job.rawValue)
        var mark = row.mark()
        if wasDeleted(row) { mark.flags[Self.lasting.key] = Self.cameBack }
        cells[.mark] = .text(mark.text)
        return reading.newRow(cells)
    }

    private static let cameBack =
        "This row was deleted; that changes nothing, and so it came back. In the control room a job is withdrawn, and a result is excluded."

    private func wasDeleted(_ row: Rendering.Row) -> Bool {
        if case .number(let number)? = row.cells[.fact("number")] { return Int(number) <= reading.mark.count ?? 0 }
        return reading.mark.jobs?.contains(row.job.rawValue) ?? false
    }

    private func returned(_ row: Rendering.Row, at index: Int) -> [SheetChange] {
        guard wasDeleted(row), let place = reading.places[Self.lasting] else { return [] }
        return [.flag(row: index, column: place, Self.cameBack)]
    }
}
