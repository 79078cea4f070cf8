import Campaigns

/// A job on paper: its parameters in large type, lines to write on, and a code that opens it.
struct CardPage: Sendable {
    let frame: Frame
    let t = Texts.english
    let campaign: String
    let job: String
    let settings: [BenchPage.Setting]
    let objectives: [BenchPage.Setting]
    let address: String
    let code: QRCode?

    /// The card of a job whose page is at `address`.
    init(_ job: Job, of campaign: Campaign, at address: String, _ reader: Reader) {
        frame = Frame(title: "\(job.id)", reader: reader)
        self.campaign = campaign.name.rawValue
        self.job = job.id.rawValue
        settings = BenchPage.settings(of: job, campaign)
        objectives = campaign.objectives.map { BenchPage.Setting(name: $0.name, value: "", unit: $0.unit) }
        self.address = address
        code = QRCode(address)
    }
}
