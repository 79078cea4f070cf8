import Brokers
import Campaigns
import Instruments
import Logging
import ServiceLifecycle
import ServiceRuntime
import WorkerService

/// The workers of a campaign in this process.
struct Team {
    /// The workers, and the dialog with the person who measures, if one does.
    let services: [any Service]
    /// Their names and outboxes, which are theirs as long as this lives.
    let identities: [WorkerIdentity]

    /// Workers of `campaign` for each of some instruments. Those without a name are called `prefix`-1, `prefix`-2, or after this host and data
    /// folder where there is no prefix. Programs run in `directory`; a person is told the parameters in the order of `file`, where it is known. Throws what making an instrument throws, and ``WorkerIdentity/Taken``.
    init(
        _ instruments: [InstrumentSettings], of campaign: CampaignName, at broker: any Broker, data: DataOptions,
        speed: Double, prefix: String?, in directory: String? = nil, file: Campaign? = nil,
        dependencies: Dependencies = .real, logger: Logger
    ) throws {
        var (services, identities): ([any Service], [WorkerIdentity]) = ([], [])
        for settings in instruments {
            let desk = Desk()
            let instrument = try settings.makeInstrument(
                speed: speed, in: directory, keeping: "\(data.directory)/output/\(campaign)", person: { desk })
            for number in 1...settings.workers {
                let given = settings.name.map { settings.workers == 1 ? $0 : "\($0)-\(number)" }
                let identity = try WorkerIdentity(
                    name: given ?? prefix.map { "\($0)-\(identities.count + 1)" }, campaign: campaign,
                    data: data.directory)
                identities.append(identity)
                services.append(
                    WorkerService(
                        campaign: campaign, name: identity.name, broker: broker, instrument: instrument,
                        only: settings.only, outbox: identity.outbox,
                        stopLimit: settings.stopLimit.map { .seconds($0) }, dependencies: dependencies, logger: logger))
            }
            if settings.human == true {
                let order = file?.parametersInWorkingOrder.map(\.name)
                services.append(TerminalDialog(desk: desk, campaign: campaign, order: order))
            }
        }
        (self.services, self.identities) = (services, identities)
    }
}
