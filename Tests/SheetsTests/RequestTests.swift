import Campaigns
import Foundation
import Spreadsheets
import Testing

@testable import Sheets

@Suite("Requests of the service")
struct RequestTests {
    @Test("have no more bytes than Google recommends; what does not fit comes at the next look")
    func size() throws {
        let row: [CellValue] = (0..<12).map { .text("a text of some forty characters, number \($0)") }
        var missing = SheetChange.append([[CellValue]](repeating: row, count: 20_000)).requests(1)
        let all = missing
        var (sent, looks): ([JSON], Int) = ([], 0)
        while !missing.isEmpty {
            let some = try JSON.leading(missing, within: GoogleSpreadsheet.largestRequest)
            let size = try JSONEncoder().encode(JSON.object(["requests": .array(some)])).count
            #expect(size < GoogleSpreadsheet.largestRequest + 100)
            (sent, looks) = (sent + some, looks + 1)
            missing.removeFirst(some.count)
        }
        #expect(looks > 5 && looks < 20 && sent.count == all.count)
        #expect(try JSON.leading(all, within: 1).count == 1, "one that is larger is sent all the same")
    }
}
