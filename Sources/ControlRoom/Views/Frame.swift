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
}

extension RoomContext {
    /// Who reads the answer to a request.
    func reader(_ charts: ChartLibrary) -> Reader {
        let role = visitor?.role ?? .viewer
        return Reader(
            hasCharts: charts.isThere, name: visitor?.name, role: visitor?.name == nil ? nil : role.rawValue,
            level: role,
            mayMeasure: role >= .bench, mayOrder: role >= .operator)
    }
}
