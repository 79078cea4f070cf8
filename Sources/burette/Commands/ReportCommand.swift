import ArgumentParser
import Campaigns
import ControlRoom
import Foundation
import Monitoring

/// `burette report`: the outcome.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Report the outcome of a campaign.",
        discussion: help(
            "", examples: "burette report mine", "burette report mine --json", "burette report mine --html mine.html"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print JSON.") var json = false
    @Option(
        help: ArgumentHelp(
            "Write the report as one file of HTML, with charts, that opens without a network.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var html: String?
    @Option(
        help: ArgumentHelp("Folder of the Vega modules that draw the charts of the HTML file.", valueName: "dir"))
    var charts = StandaloneReport.usualCharts
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let history = try await broker.source(of: name, data).history(of: name)
        if let html {
            let report = try StandaloneReport(of: history, charts: charts, now: Date().timeIntervalSince1970)
            try WholeFile.write(Data(try report.html().utf8), to: html)
            return Output.note(
                "\(html): the report of \(name)\(report.hasCharts ? "" : StandaloneReport.withoutCharts)")
        }
        try Report(of: history.campaign, history.state).print(history.campaign, json: json)
    }
}
