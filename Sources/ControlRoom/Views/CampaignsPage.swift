import Campaigns

/// The page of all campaigns.
struct CampaignsPage: Sendable {
    struct Line: Sendable {
        let row: CampaignRow
        let measured: String
        let latest: Moment?
        let opened: Moment?
        let isMeasuring: Bool
        let hasFailed: Bool

        init(_ row: CampaignRow) {
            self.row = row
            measured = row.progress
            latest = row.latest.flatMap(Moment.init)
            opened = row.opened.flatMap(Moment.init)
            (isMeasuring, hasFailed) = (row.measuring > 0, row.failed > 0)
        }
    }

    let frame: Frame
    let t = Texts.english
    let lines: [Line]
    let isEmpty: Bool
    let canCompare: Bool
    let directory: String

    init(_ rows: [CampaignRow], directory: String, _ reader: Reader) {
        frame = Frame(title: Texts.english["campaigns"] ?? "", reader: reader)
        lines = rows.map(Line.init)
        canCompare = rows.count > 1
        (isEmpty, self.directory) = (rows.isEmpty, directory)
    }
}
