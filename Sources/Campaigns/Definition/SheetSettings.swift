/// The spreadsheet in a cloud that is a campaign's board.
public struct SheetSettings: Hashable, Codable, Sendable {
    /// Its id, or its address in a browser.
    public var spreadsheet: String
    /// The file with the key of the service account, relative to the campaign file's folder; nil where the environment says it.
    public var credentials: String?

    /// Settings of the given parts.
    public init(spreadsheet: String, credentials: String? = nil) {
        (self.spreadsheet, self.credentials) = (spreadsheet, credentials)
    }
}
