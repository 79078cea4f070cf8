import Campaigns
import Monitoring
import Support
import Testing

@testable import Sheets

@Suite("A monkey at the spreadsheet")
struct MonkeyTests {
    private static let value = ColumnRole.value("branin")

    @Test(
        "loses no result and counts none twice, whenever the connector dies; at rest sheet and queue agree",
        arguments: [(1, 2000), (2, 500), (3, 500), (4, 500), (5, 500), (6, 500), (7, 500), (8, 500)] as [(UInt64, Int)]
    )
    func monkey(seed: UInt64, steps: Int) throws {
        print("seed \(seed)")
        var random = Dice(seed: seed)
        var laboratory = SheetLaboratory(braninCampaign(try CampaignName("c"), measurements: 100_000))
        var typed: [Double: Int] = [:]
        var busy: [JobID] = []
        func pick<C: Collection>(_ list: C) -> C.Element? { list.randomElement(using: &random) }
        /// Numbers of which each is typed once: results are told apart by them.
        func number() -> Double { Double(typed.count) + 0.5 }
        for step in 0..<steps {
            laboratory.fill(4)
            let tab = pick(Tab.allCases) ?? .queue
            let row = pick(laboratory.rows(tab))
            switch Int.random(in: 0..<14, using: &random) {
            case 0, 1:
                let tab = pick([Tab.queue, .pending]) ?? .queue
                if let row = pick(
                    laboratory.rows(tab).filter {
                        !$0.id.isEmpty && $0.text(Self.value).isEmpty && laboratory.state.jobs[JobID($0.id)] != nil
                    }),
                    laboratory.rows(tab).filter({ $0.id == row.id }).count == 1
                {
                    let number = number()
                    typed[number] = step
                    laboratory.sheet.type(
                        .number(number), into: Self.value, ofRow: row.index, of: tab, laboratory.campaign)
                }
            case 2:
                if let row, tab != .results, row.text(Self.value).isEmpty {
                    laboratory.sheet.type(
                        .text(pick(["?", "1.2.3", "failed"]) ?? ""), into: Self.value, ofRow: row.index, of: tab,
                        laboratory.campaign)
                }
            case 3:
                // Invalid texts are taken away again.
                if let row, tab != .results, TypedText.isWrong(row.text(Self.value)) {
                    laboratory.sheet.type(.empty, into: Self.value, ofRow: row.index, of: tab, laboratory.campaign)
                }
            case 4:
                if let row, !TypedText.isUnsent(row) { laboratory.sheet.apply(.delete(row: row.index), to: tab) }
            case 5:
                let rows = laboratory.rows(.queue)
                if let one = pick(rows), let other = pick(rows), one.index > other.index {
                    laboratory.sheet.apply(.move(row: one.index, to: other.index), to: .queue)
                }
            case 6:
                let grid = laboratory.sheet.grids[.queue] ?? []
                laboratory.sheet.type(
                    .number(Double.random(in: -5...10, using: &random)), into: .parameter("x0"), ofRow: grid.count,
                    of: .queue, laboratory.campaign)
                if Bool.random(using: &random) {
                    laboratory.sheet.type(
                        .number(1), into: .parameter("x1"), ofRow: grid.count, of: .queue, laboratory.campaign)
                }
            case 7:
                if let row = pick(laboratory.rows(.results)), row.typed(Self.value) == nil {
                    laboratory.sheet.type(
                        .number(1e6 + Double(step)), into: Self.value, ofRow: row.index, of: .results,
                        laboratory.campaign)
                }
            case 8:
                if let row {
                    laboratory.sheet.type(
                        .text("hm \(step)"), into: .comment, ofRow: row.index, of: tab, laboratory.campaign)
                }
            case 9, 10: if let job = laboratory.robotMayBegin() { busy.append(job) }
            case 11:
                if !busy.isEmpty {
                    let number = number()
                    typed[number] = step
                    laboratory.robotMeasures(busy.removeFirst(), number)
                }
            default: break
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                laboratory.look(dying: pick(SheetLaboratory.Death.allCases) ?? .never)
            }
        }
        // The monkey has gone; people take away what was no number.
        for tab in [Tab.queue, .pending] {
            for row in laboratory.rows(tab) where TypedText.isWrong(row.text(Self.value)) {
                laboratory.sheet.type(.empty, into: Self.value, ofRow: row.index, of: tab, laboratory.campaign)
            }
        }
        #expect(try laboratory.settle() <= 1, "one look after the record has what was typed")
        let state = laboratory.state
        let recorded = laboratory.events.compactMap { event -> Double? in
            if case .measured(let one) = event.body { one.values["branin"] } else { nil }
        }
        #expect(Set(recorded) == Set(typed.keys), "nothing that was typed or measured is missing")
        #expect(recorded.count == Set(recorded).count, "and nothing is there twice")
        let waiting = laboratory.rows(.queue).map(\.id).filter { state.jobs[JobID($0)] != nil }
        #expect(waiting == state.pendingJobs.filter(\.status.isWaiting).map(\.job.id.rawValue))
        #expect(
            Set(laboratory.jobs(.pending))
                == Set(state.pendingJobs.filter { !$0.status.isWaiting }.map(\.job.id.rawValue)))
        #expect(laboratory.jobs(.results).sorted() == state.observations.compactMap(\.job?.rawValue).sorted())
        for row in laboratory.rows(.results) {
            let observation = try #require(state.observations.last { $0.job?.rawValue == row.id })
            #expect(row.text(Self.value) == observation.typed("branin"))
        }
    }
}

private enum TypedText {
    static func isWrong(_ text: String) -> Bool { ["?", "1.2.3", "failed"].contains(text) }
    /// Whether somebody typed a result there that nobody has read yet: a person who deletes that takes it back.
    static func isUnsent(_ row: TabReading.Row) -> Bool { row.typed(.value("branin"))?.isEmpty == false }
}
