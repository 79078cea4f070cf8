import Foundation

/// Which cells of a workbook show dates: a date is a number with a format (ECMA-376, part 1, section 18.8.30), and whoever types 1.5 where that is the first
/// of May has typed no number.
struct WorkbookDates {
    /// The formats of cells, by number, that show dates or times.
    private var styles: Set<Int> = []
    /// Days between the workbook's day 0 and that of most workbooks.
    private let offset: Double

    /// The formats that have a meaning without being described.
    private static let usual = Set(Array(14...22) + Array(27...36) + Array(45...47) + Array(50...58))

    /// By the part that describes the formats. `isFrom1904` is how old programs of Apple's computers counted.
    init(_ data: Data?, isFrom1904: Bool) throws {
        offset = isFrom1904 ? 1462 : 0
        guard let data else { return }
        var dates = Self.usual
        var styles: Set<Int> = []
        var (count, isOfCells) = (0, false)
        try XMLElements.read(data) { name, attributes in
            let format = attributes["numFmtId"].flatMap(Int.init) ?? 0
            switch name {
            case "numFmt":
                if Self.isDate(attributes["formatCode"] ?? "") { dates.insert(format) } else { dates.remove(format) }
            case "cellXfs": isOfCells = true
            case "xf" where isOfCells:
                if dates.contains(format) { styles.insert(count) }
                count += 1
            default: break
            }
        } end: { name, _ in
            if name == "cellXfs" { isOfCells = false }
        }
        self.styles = styles
    }

    private static func isDate(_ code: String) -> Bool {
        let bare = code.replacing(/"[^"]*"|\\.|_.|\*./, with: "")
        return bare.contains(/\[[hms]+\]/.ignoresCase())
            || bare.replacing(/\[[^\]]*\]/, with: "").contains(/[ydhsm]/.ignoresCase())
    }

    /// The date or time that a number shows in cells of a format, in ISO 8601; nil where it shows none.
    func text(_ number: Double, style: Int?) -> String? {
        guard let style, styles.contains(style), (0..<2_958_466).contains(number) else { return nil }
        // The last of 1899 is day 1, since some program took 1900 for a leap year.
        let seconds = ((number + offset - 25_569) * 86_400).rounded()
        let date = Date(timeIntervalSince1970: seconds)
        let time = Date.ISO8601FormatStyle(timeZone: .gmt).time(includingFractionalSeconds: false)
        let hasTime = number != number.rounded(.down)
        if number < 1 { return date.formatted(time) }
        let day = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
        return hasTime ? "\(date.formatted(day)) \(date.formatted(time))" : date.formatted(day)
    }
}
