import Campaigns
import Foundation
import Monitoring

/// A campaign as one file of HTML that needs neither network nor server: numbers, tables, charts and what draws them.
public struct StandaloneReport: Sendable {
    struct Fact: Sendable {
        let name: String
        let value: String
    }

    /// What a chart shows, under the address at which the control room has it.
    struct Numbers: Sendable {
        let address: String
        let json: String
    }

    let frame: Frame
    let t = Texts.english
    let row: CampaignRow
    let made: Moment?
    let style: String
    let facts: [Fact]
    let parameters: [Fact]
    let objectives: [Fact]
    let model: ModelPage
    let columns: [ObservationColumns.Column]
    let lines: [ObservationsPart.Line]
    let failures: [Fact]
    let hasFailures: Bool
    let numbers: [Numbers]
    let scripts: [String]

    /// The report of a campaign at a time in seconds since 1970. Charts are drawn by the Vega modules in `charts`, which become part of the file; without
    /// them it has tables alone. Cost: a fit of the model, and what its page costs. Throws what planners throw.
    public init(of history: CampaignHistory, charts: String, now: Double) throws {
        let (campaign, state) = (history.campaign, history.state)
        let snapshot = CampaignSnapshot(
            name: campaign.name, events: history.events, state: state, trouble: nil, presence: Presence())
        let library = ChartLibrary(directory: charts)
        let vega = library.script()
        let reader = Reader(hasCharts: vega != nil, name: nil, level: .viewer)
        frame = Frame(title: campaign.name.rawValue, reader: reader)
        row = CampaignRow(snapshot, now: now)
        made = Moment(now)
        style = String(decoding: PackageResources.style_css, as: UTF8.self)
        facts = Report(of: campaign, state).lines(campaign).map { line in
            Fact(
                name: line.prefix(13).trimmingCharacters(in: .whitespaces),
                value: line.dropFirst(13).trimmingCharacters(in: .whitespaces))
        }
        parameters = campaign.space.parameters.map { Fact(name: $0.name, value: $0.valuesText) }
        objectives = campaign.objectives.map { objective in
            let unit = objective.unit.map { " (\($0))" } ?? ""
            return Fact(name: objective.name + unit, value: objective.goal.rawValue)
        }
        let names = campaign.space.parameters.map(\.name)
        let axes = names.count > 1 ? (x: names[0], y: names[1]) : nil
        let view = try ModelView(history, plane: axes)
        model = ModelPage(campaign, view, axes, reader, mayChoose: false)
        let table = ObservationColumns(campaign)
        columns = table.columns
        lines = state.observations.enumerated().map { ObservationsPart.Line($1, number: $0 + 1, table, state) }
        failures = state.failedJobs.map { record in
            Fact(name: record.job.id.rawValue, value: record.failure.map { "\($0.worker): \($0.reason)" } ?? "")
        }
        hasFailures = !failures.isEmpty
        var numbers: [Numbers] = []
        if let series = ProgressSeries(snapshot) {
            numbers.append(
                Numbers(address: "/api/campaigns/\(campaign.name)/progress", json: try Self.embedded(series)))
        }
        if let view { numbers.append(Numbers(address: model.address, json: try Self.embedded(view))) }
        self.numbers = numbers
        let own = [PackageResources.charts_js, PackageResources.models_js].map { String(decoding: $0, as: UTF8.self) }
        scripts = ([vega].compactMap(\.self) + own).map { $0.replacing("</script", with: "<\\/script") }
    }

    /// Where Debian has the modules that draw charts.
    public static let usualCharts = ChartLibrary.usual
    /// What to say where they are missing.
    public static let withoutCharts = ", without charts: they need the package libjs-vega (apt-get install libjs-vega)"
    /// Whether it has charts.
    public var hasCharts: Bool { frame.reader.hasCharts }

    /// The file's content. Throws where the template cannot be read.
    public func html() throws -> String { try Templates().text("report", self) }

    /// JSON that ends no element of HTML, whatever stands in it.
    private static func embedded(_ value: some Encodable) throws -> String {
        String(decoding: try APIRoutes.encoder.encode(value), as: UTF8.self).replacing("<", with: "\\u003c")
    }
}

extension Parameter {
    /// What it may be, in words.
    fileprivate var valuesText: String {
        let values =
            switch domain {
            case .continuous(let low, let high, _): "\(low.shortest) … \(high.shortest)"
            case .discrete(let levels, _): levels.map(\.shortest).joined(separator: ", ")
            case .categorical(let options, _): options.joined(separator: ", ")
            case .listed: "those of its list"
            }
        return unit.map { "\(values) \($0)" } ?? values
    }
}
