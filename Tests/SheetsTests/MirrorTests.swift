import Campaigns
import Monitoring
import Spreadsheets
import Support
import Testing

@testable import Sheets

@Suite("A spreadsheet as the board")
struct MirrorTests {
    private let value = ColumnRole.value("branin")

    private func laboratory(_ waiting: Int = 4) throws -> SheetLaboratory {
        var laboratory = SheetLaboratory(braninCampaign(try CampaignName("c")))
        laboratory.fill(waiting)
        try laboratory.settle()
        return laboratory
    }

    @Test("shows what waits in the order of the queue, what is under way, and what came out")
    func shows() throws {
        var laboratory = try laboratory()
        #expect(laboratory.jobs(.queue) == ["1001-a", "1002-a", "1003-a", "1004-a"])
        let job = try laboratory.robotBegins()
        try laboratory.settle()
        #expect(laboratory.jobs(.queue) == ["1002-a", "1003-a", "1004-a"] && laboratory.jobs(.pending) == ["1001-a"])
        #expect(laboratory.row(job, .pending)?.text(.fact("worker")) == "robot")
        laboratory.robotMeasures(job, 0.5)
        try laboratory.settle()
        #expect(laboratory.jobs(.pending).isEmpty && laboratory.jobs(.results) == ["1001-a"])
        #expect(laboratory.row(job, .results)?.cells[value] == .number(0.5))
    }

    @Test("takes a typed value for the result of its job, with a decimal comma too, in either worksheet")
    func answers() throws {
        var laboratory = try laboratory()
        let begun = try laboratory.robotBegins()
        try laboratory.settle()
        laboratory.type(.text("1,5"), into: value, of: JobID("1003-a"), in: .queue)
        laboratory.type(.number(2.5), into: value, of: begun, in: .pending)
        try laboratory.settle()
        #expect(laboratory.state.jobs[JobID("1003-a")]?.measurement?.values == ["branin": 1.5])
        #expect(laboratory.state.jobs[begun]?.measurement?.worker == "sheet")
        #expect(laboratory.state.measured == 2 && laboratory.jobs(.queue) == ["1002-a", "1004-a"])
        laboratory.type(.text("infeasible: it clots"), into: value, of: JobID("1002-a"), in: .queue)
        try laboratory.settle()
        #expect(laboratory.state.jobs[JobID("1002-a")]?.failure?.kind == .infeasible)
        #expect(laboratory.state.jobs[JobID("1002-a")]?.failure?.reason == "it clots")
    }

    @Test("takes no rounded number for a correction: programs round what they save, down to six digits")
    func rounded() throws {
        var laboratory = try laboratory()
        let job = try laboratory.robotBegins()
        laboratory.robotMeasures(job, 0.2811006940041691)
        try laboratory.settle()
        for saved: CellValue in [
            .number(0.281100694004169), .number(0.281100694), .text("0,281100694"), .number(0.281101),
        ] {
            laboratory.type(saved, into: value, of: job, in: .results)
            try laboratory.settle()
            #expect(laboratory.state.observations.last?.values == ["branin": 0.2811006940041691], "\(saved)")
        }
        laboratory.type(.number(0.2811), into: value, of: job, in: .results)
        try laboratory.settle()
        #expect(laboratory.state.observations.last?.values == ["branin": 0.2811])
    }

    @Test(
        "claims a job that stands in the queue before it answers, so that the planner takes it out, and none that a worker has"
    )
    func claims() throws {
        var laboratory = try laboratory()
        let begun = try laboratory.robotBegins()
        try laboratory.settle()
        laboratory.type(.number(1.5), into: value, of: JobID("1003-a"), in: .queue)
        laboratory.type(.number(2.5), into: value, of: begun, in: .pending)
        try laboratory.settle()
        let said = laboratory.events.filter { $0.id.hasPrefix("sheet-") }
        #expect(said.map(\.body.type).sorted() == ["claimed", "measured", "measured"])
        let ofQueued = said.filter { $0.body.job == JobID("1003-a") }.map(\.body.type)
        #expect(ofQueued == ["claimed", "measured"])
    }

    @Test("leaves what it cannot take as it was typed, and says beside it why")
    func refused() throws {
        var laboratory = try laboratory()
        let job = JobID("1002-a")
        for text in ["twelve", "1.2.3", "2026-05-01", "failed"] {
            laboratory.type(.text(text), into: value, of: job, in: .queue)
            try laboratory.settle()
            let row = try #require(laboratory.row(job, .queue))
            #expect(row.text(value) == text)
            #expect(laboratory.sheet.note(value, ofRow: row.index, of: .queue, laboratory.campaign) != nil, "\(text)")
            #expect(laboratory.state.measured == 0)
        }
        laboratory.type(.number(3), into: value, of: job, in: .queue)
        try laboratory.settle()
        #expect(laboratory.state.measured == 1 && laboratory.sheet.notes[.queue]?.isEmpty ?? true)
        // Somebody else was faster, and what was typed is no number: it stays until a person takes it away.
        let other = try laboratory.robotBegins()
        try laboratory.settle()
        laboratory.type(.text("a lot"), into: value, of: other, in: .pending)
        laboratory.robotMeasures(other, 9)
        try laboratory.settle()
        #expect(laboratory.row(other, .pending)?.text(value) == "a lot" && laboratory.row(other, .results) != nil)
        laboratory.type(.empty, into: value, of: other, in: .pending)
        try laboratory.settle()
        #expect(laboratory.jobs(.pending).isEmpty)
    }

    @Test("moves jobs as their rows are moved")
    func moves() throws {
        var laboratory = try laboratory()
        let last = try #require(laboratory.row(JobID("1004-a"), .queue)).index
        laboratory.sheet.apply(.move(row: last, to: Layout.headRows), to: .queue)
        try laboratory.settle()
        #expect(laboratory.state.pending.map(\.rawValue) == ["1004-a", "1001-a", "1002-a", "1003-a"])
        #expect(laboratory.jobs(.queue) == ["1004-a", "1001-a", "1002-a", "1003-a"])
        #expect(laboratory.rows(.queue).map { $0.text(.fact("place")) } == ["1", "2", "3", "4"])
    }

    @Test("makes a request of a new row, once it is whole, and records one that has its value")
    func own() throws {
        var laboratory = try laboratory()
        func add(_ x0: CellValue, _ x1: CellValue, _ result: CellValue, at row: Int) {
            laboratory.sheet.type(x0, into: .parameter("x0"), ofRow: row, of: .queue, laboratory.campaign)
            laboratory.sheet.type(x1, into: .parameter("x1"), ofRow: row, of: .queue, laboratory.campaign)
            laboratory.sheet.type(result, into: value, ofRow: row, of: .queue, laboratory.campaign)
        }
        add(.number(2), .empty, .empty, at: 6)
        try laboratory.settle()
        #expect(laboratory.state.observations.isEmpty && laboratory.state.pending.count == 4)
        #expect(laboratory.sheet.notes[.queue]?.values.contains { $0.contains("x1") } == true)
        add(.number(2), .text("3,5"), .empty, at: 6)
        try laboratory.settle()
        let asked = try #require(laboratory.state.pendingJobs.first { $0.job.origin == .injected })
        #expect(asked.job.parameters == ["x0": .number(2), "x1": .number(3.5)])
        #expect(
            laboratory.jobs(.queue).contains(asked.job.id.rawValue) && laboratory.sheet.notes[.queue]?.isEmpty ?? true)
        add(.number(4), .number(4), .text("0.25 +- 0.1"), at: 8)
        try laboratory.settle()
        #expect(
            laboratory.state.observations.map(\.values) == [["branin": 0.25]] && laboratory.state.tally.duplicates == 0)
        add(.number(99), .number(4), .empty, at: 8)
        try laboratory.settle()
        #expect(laboratory.sheet.notes[.queue]?.values.contains { $0.contains("outside") } == true)
    }

    @Test("corrects results and keeps comments; what is deleted comes back with a note")
    func results() throws {
        var laboratory = try laboratory()
        for number in 1...3 {
            let job = try laboratory.robotBegins()
            laboratory.robotMeasures(job, Double(number))
        }
        try laboratory.settle()
        let job = JobID("1002-a")
        laboratory.type(.text("0,75"), into: value, of: job, in: .results)
        laboratory.type(.text("=cloudy"), into: .comment, of: job, in: .results)
        try laboratory.settle()
        #expect(laboratory.state.observations.map { $0.values["branin"] } == [1, 0.75, 3])
        #expect(laboratory.state.jobs[job]?.measurement?.values == ["branin": 2], "the record keeps both")
        #expect(laboratory.row(job, .results)?.cells[value] == .number(0.75))
        #expect(laboratory.row(job, .results)?.text(.comment) == "sheet: =cloudy")
        laboratory.type(.text("sheet: =cloudy; and warm"), into: .comment, of: job, in: .results)
        try laboratory.settle()
        #expect(laboratory.state.comments[job]?.map(\.text) == ["=cloudy", "and warm"])
        let row = try #require(laboratory.row(job, .results)).index
        laboratory.sheet.apply(.delete(row: row), to: .results)
        try laboratory.settle()
        #expect(laboratory.jobs(.results) == ["1001-a", "1003-a", "1002-a"])
        #expect(laboratory.sheet.notes[.results]?.values.contains { $0.contains("deleted") } == true)
        laboratory.type(.empty, into: value, of: job, in: .results)
        try laboratory.settle()
        #expect(
            laboratory.row(job, .results)?.cells[value] == .number(0.75) && laboratory.state.observations.count == 3)
    }

    @Test("finds its columns wherever people put them, and leaves theirs alone")
    func columns() throws {
        var laboratory = try laboratory()
        // A column of their own in front of everything, other headings, and one of ours deleted.
        laboratory.sheet.grids[.queue] = laboratory.sheet.grids[.queue]?.enumerated().map { index, row in
            [index < 2 ? CellValue.text(index == 0 ? "" : "who") : .text("me \(index)")] + row
        }
        let place = try #require(laboratory.sheet.reading(.queue, laboratory.campaign)?.places[.fact("origin")])
        laboratory.sheet.grids[.queue] = laboratory.sheet.grids[.queue]?.map { row in
            var row = row
            row.remove(at: place)
            return row
        }
        var grid = try #require(laboratory.sheet.grids[.queue])
        grid[1] = grid[1].map { .text("Ü \($0.text)") }
        laboratory.sheet.grids[.queue] = grid
        laboratory.type(.number(7), into: value, of: JobID("1002-a"), in: .queue)
        let last = try #require(laboratory.row(JobID("1004-a"), .queue)).index
        laboratory.sheet.apply(.move(row: last, to: Layout.headRows), to: .queue)
        try laboratory.settle()
        #expect(laboratory.jobs(.queue) == ["1004-a", "1001-a", "1003-a"] && laboratory.state.measured == 1)
        grid = try #require(laboratory.sheet.grids[.queue])
        #expect(grid.dropFirst(2).map { $0[0] } == [.text("me 5"), .text("me 2"), .text("me 4")])
        #expect(laboratory.rows(.queue).allSatisfy { $0.text(.fact("origin")) == "planned" })
    }

    @Test("knows an option that a spreadsheet takes for a number or a truth value, and writes none as a formula")
    func options() throws {
        var campaign = braninCampaign(try CampaignName("c"))
        let options = ["true", "1e3", "=A1", "plain"]
        campaign.space = ParameterSpace([
            Parameter(name: "kind", domain: .categorical(options: options, descriptors: nil))
        ])
        var laboratory = SheetLaboratory(campaign)
        let typed: [CellValue] = [.truth(true), .number(1000), .text("=A1"), .text("PLAIN")]
        for (index, cell) in typed.enumerated() {
            laboratory.sheet.type(cell, into: .parameter("kind"), ofRow: 2 + index, of: .queue, campaign)
        }
        try laboratory.settle()
        #expect(
            Set(laboratory.state.pendingJobs.compactMap { $0.job.parameters["kind"] })
                == Set(options.map { .option($0) }))
        #expect(
            laboratory.rows(.queue).compactMap { $0.cells[.parameter("kind")] }.allSatisfy {
                if case .text = $0 { true } else { false }
            })
    }

    @Test("says that a copied row is one, and takes nothing from it twice")
    func copies() throws {
        var laboratory = try laboratory()
        let row = try #require(laboratory.row(JobID("1002-a"), .queue)).index
        let grid = try #require(laboratory.sheet.grids[.queue])
        laboratory.sheet.apply(.append([grid[row], grid[row]]), to: .queue)
        laboratory.sheet.type(.number(1), into: value, ofRow: grid.count, of: .queue, laboratory.campaign)
        try laboratory.settle()
        #expect(laboratory.jobs(.queue).filter { $0 == "1002-a" }.count == 2 && laboratory.state.measured == 0)
        #expect(laboratory.sheet.notes[.queue]?.values.contains { $0.contains("copy") } == true)
    }
}
