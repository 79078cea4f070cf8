import ArgumentParser
import Campaigns
import Foundation
import Instruments
import Monitoring

/// `burette inject`.
struct Inject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Request one experiment, or record one that was done by hand.",
        discussion: help(
            "burette inject NAME --set x0=1 --set solvent=THF requests a measurement; with --value yield=0.4 the experiment is recorded as measured. Neither counts against the budget.",
            examples: "burette inject mine --set T=45 --set solvent=THF",
            "burette inject mine --set T=45 --set solvent=THF --value yield=0.4")
    )

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: ArgumentHelp("Value of one parameter; repeat for each parameter.", valueName: "parameter=value"))
    var set: [Assignment] = []
    @Option(
        help: ArgumentHelp(
            "Measured value of one objective, such as 0.4, \"< 0.1\", or \"0.4 +- 0.02\" with its standard error; repeat for each objective.",
            valueName: "objective=value"))
    var value: [Assignment] = []
    @Option(help: "Why, for the record.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        let request = OrderRequest.inject(
            parameters: try Assignment.all(set, option: "--set"), values: try Assignment.all(value, option: "--value"))
        let (order, history) = try await options.send(request, because: reason, to: name)
        guard !options.json, case .injected(let injection) = order.body else { return }
        let point = "\(injection.job) at \(history.campaign.space.describe(injection.parameters))"
        Output.note(injection.values == nil ? "to be measured: \(point)" : "recorded: \(point)")
    }
}
