import Campaigns

/// What stands around every page.
struct Frame: Sendable {
    let title: String
    /// The words, by key.
    let t = Texts.english
    let version = buretteVersion
    /// Whether the browser can have charts.
    let hasCharts: Bool
}
