import Campaigns

/// What stands around every page.
struct Frame: Sendable {
    let title: String
    /// The words, by key.
    let t = Texts.english
    let version = buretteVersion
    let reader: Reader
}

/// Who reads a page, and with what.
struct Reader: Sendable {
    /// Whether the browser can have charts.
    let hasCharts: Bool
    /// Who is logged in; nil where nobody has to.
    let name: String?
    let role: String?
    let level: Role
    let mayMeasure: Bool
    let mayOrder: Bool

    /// A reader with a role; nobody is shown as logged in without a name. (Templates see stored properties alone.)
    init(hasCharts: Bool, name: String?, level: Role) {
        (self.hasCharts, self.name, self.level) = (hasCharts, name, level)
        role = name == nil ? nil : level.rawValue
        (mayMeasure, mayOrder) = (level >= .bench, level >= .operator)
    }
}

extension RoomContext {
    /// Who reads the answer to a request.
    func reader(_ charts: ChartLibrary) -> Reader {
        Reader(hasCharts: charts.isThere, name: visitor?.name, level: visitor?.role ?? .viewer)
    }
}
