import Campaigns
import Foundation
import Monitoring
import Spreadsheets
import Support

@testable import Sheets

/// Worksheets in memory, which take changes as Google's service does.
struct MemorySpreadsheet {
    var grids: [Tab: Grid] = [:]
    var notes: [Tab: [[Int]: String]] = [:]

    /// A spreadsheet with its heads alone.
    init(_ campaign: Campaign) { for tab in Tab.allCases { grids[tab] = Layout(tab, of: campaign).heads } }

    mutating func apply(_ changes: [(tab: Tab, changes: [SheetChange])]) {
        for (tab, list) in changes { for change in list { apply(change, to: tab) } }
    }

    mutating func apply(_ change: SheetChange, to tab: Tab) {
        grids[tab, default: []].make(change)
        switch change {
        case .write, .append: break
        case .insert(let row, _): shift(tab) { $0 >= row ? $0 + 1 : $0 }
        case .move(let row, let to): shift(tab) { $0 == row ? to : $0 >= to && $0 < row ? $0 + 1 : $0 }
        case .delete(let row): shift(tab) { $0 == row ? nil : $0 > row ? $0 - 1 : $0 }
        case .flag(let row, let column, let note): notes[tab, default: [:]][[row, column]] = note
        }
    }

    private mutating func shift(_ tab: Tab, _ place: (Int) -> Int?) {
        notes[tab] = Dictionary(
            uniqueKeysWithValues: (notes[tab] ?? [:]).compactMap { key, note in
                place(key[0]).map { ([$0, key[1]], note) }
            })
    }

    func reading(_ tab: Tab, _ campaign: Campaign) -> TabReading? {
        TabReading(grids[tab] ?? [], Layout(tab, of: campaign))
    }

    /// Types into a cell, as a person does.
    mutating func type(_ value: CellValue, into role: ColumnRole, ofRow row: Int, of tab: Tab, _ campaign: Campaign) {
        guard let column = reading(tab, campaign)?.places[role] else { return }
        grids[tab, default: []].make(.write(row: row, column: column, [value]))
    }

    func note(_ role: ColumnRole, ofRow row: Int, of tab: Tab, _ campaign: Campaign) -> String? {
        reading(tab, campaign)?.places[role].flatMap { notes[tab]?[[row, $0]] }
    }
}

/// A campaign with a planner that does what it is told, and a connector between it and a spreadsheet.
struct SheetLaboratory {
    let campaign: Campaign
    var events: [Event] = []
    var state = CampaignState()
    var sheet: MemorySpreadsheet
    private var number = 0
    private(set) var now = 1000.0
    private var ids = 0

    init(_ campaign: Campaign) {
        self.campaign = campaign
        sheet = MemorySpreadsheet(campaign)
        record(.opened(.init(planner: "p", software: "1", definition: campaign)))
    }

    @discardableResult
    mutating func record(_ body: Event.Body, as id: EventID? = nil) -> Bool {
        now += 1
        let event = Event(id: id ?? "e\(events.count)", campaign: campaign.name, time: now, body: body)
        guard !events.contains(where: { $0.id == event.id }) else { return false }
        if let refusal = state.refusal(of: event, campaign) {
            events.append(
                Event(
                    id: "u\(events.count)", campaign: campaign.name, time: now,
                    body: .unreadable(.init(by: "p", message: event.id, refusal))))
            return false
        }
        events.append(event)
        state.apply(event)
        return true
    }

    /// Publishes jobs until so many wait, those that people asked for first.
    mutating func fill(_ count: Int) {
        for record in state.released { self.record(.published(record.job.republished(for: .common))) }
        while state.circulating.count(where: { $0.status == .ready }) < count {
            number += 1
            let point: Point = ["x0": .number(Double(number % 1000) / 100), "x1": .number(5)]
            record(
                .published(
                    Job(
                        id: JobID("\(1000 + number)-a"), parameters: point, objectives: ["branin"], origin: .planned)))
        }
    }

    /// A robot takes the first job.
    mutating func robotBegins() throws -> JobID {
        guard let job = robotMayBegin() else { throw NeverSettles() }
        return job
    }

    /// The same; nil where nothing is ready.
    mutating func robotMayBegin() -> JobID? {
        guard let job = state.circulating.first(where: { $0.status == .ready })?.job.id else { return nil }
        record(.started(.init(job: job, worker: "robot", redelivered: false)))
        return job
    }

    mutating func robotMeasures(_ job: JobID, _ value: Double) {
        record(.measured(.init(job: job, worker: "robot", values: ["branin": value], began: now, ended: now + 1)))
    }

    enum Death: CaseIterable { case beforeSending, afterResults, afterSending, never }

    /// One look of a connector, which may die in the middle. Whether there was anything to do.
    @discardableResult
    mutating func look(dying death: Death = .never) -> Bool {
        let history = CampaignHistory(campaign: campaign, state: state, events: events)
        let readings = Tab.allCases.compactMap { sheet.reading($0, campaign) }
        ids += 1
        let (first, counter) = (ids * 1000, Counter())
        let plan = Mirror(history, worker: "sheet", now: now) { "\(first + counter.next())" }.plan(readings)
        if death == .beforeSending { return true }
        for event in plan.results { record(event.body, as: event.id) }
        if death == .afterResults { return true }
        for event in plan.orders { record(event.body, as: event.id) }
        if death == .afterSending { return true }
        sheet.apply(plan.changes)
        return !SheetExchange.Pass(plan).isIdle
    }

    struct NeverSettles: Error {}

    /// Looks until nothing is left to do; returns how many of the looks changed the spreadsheet after the record had everything. Throws ``NeverSettles``.
    @discardableResult
    mutating func settle() throws -> Int {
        var looks = 0
        for _ in 0..<12 {
            fill(0)
            let known = events.count
            if !look() { return looks }
            looks = events.count > known ? 0 : looks + 1
        }
        throw NeverSettles()
    }

    func rows(_ tab: Tab) -> [TabReading.Row] { sheet.reading(tab, campaign)?.rows.filter { !$0.isEmpty } ?? [] }
    func jobs(_ tab: Tab) -> [String] { rows(tab).map(\.id) }
    func row(_ job: JobID, _ tab: Tab) -> TabReading.Row? { rows(tab).first { $0.id == job.rawValue } }

    mutating func type(_ value: CellValue, into role: ColumnRole, of job: JobID, in tab: Tab) {
        guard let row = row(job, tab) else { return }
        sheet.type(value, into: role, ofRow: row.index, of: tab, campaign)
    }
}

final class Counter: @unchecked Sendable {
    private var count = 0
    private let lock = NSLock()
    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}
