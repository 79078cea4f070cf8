import Brokers
import Campaigns
import EventStore
import Foundation
import Monitoring
import ServiceRuntime

/// The campaigns that are shown: those with a ledger in a data directory, and those at a broker that are named, or that the broker tells of.
public actor Watchlist {
    private let directory: String
    private let broker: (any Broker)?
    private let names: @Sendable () async -> Set<CampaignName>
    private var atBroker: Set<CampaignName> = []
    private var askedBroker: Double?
    private let dependencies: Dependencies
    private var watched: [CampaignName: WatchedCampaign] = [:]

    /// How often it looks for new ledgers, and how many seconds after which it asks the broker again.
    private static let interval = Duration.seconds(1)
    private static let brokerInterval = 5.0

    /// The campaigns with a ledger in `directory`; with a `broker` those of `names` there, which are asked for again and again, and the ledgers beside
    /// them.
    public init(
        directory: String, broker: (any Broker)? = nil,
        names: @escaping @Sendable () async -> Set<CampaignName> = { [] }, dependencies: Dependencies = .real
    ) {
        (self.directory, self.broker, self.names, self.dependencies) = (directory, broker, names, dependencies)
    }

    /// Those that are known now, by their names.
    func campaigns() -> [WatchedCampaign] { watched.values.sorted { $0.name.rawValue < $1.name.rawValue } }

    /// The one of a name; nil where there is none.
    func campaign(_ name: String) -> WatchedCampaign? { (try? CampaignName(name)).flatMap { watched[$0] } }

    /// Follows all of them until the task is cancelled.
    func follow() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for campaign in await refreshed() {
                    group.addTask { await campaign.follow() }
                    group.addTask { await campaign.lookOut() }
                }
                try? await dependencies.sleep(Self.interval)
            }
            group.cancelAll()
        }
    }

    /// Takes up the campaigns that are new, and returns them; drops those whose ledger was cleared away.
    private func refreshed() async -> [WatchedCampaign] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let ledgers = Set(
            files.filter { $0.hasSuffix(".sqlite") }.compactMap { try? CampaignName(String($0.dropLast(7))) })
        if broker != nil, dependencies.now() - (askedBroker ?? -.infinity) >= Self.brokerInterval {
            atBroker = await names()
            askedBroker = dependencies.now()
        }
        for (name, campaign) in watched where !ledgers.contains(name) && !atBroker.contains(name) {
            watched[name] = nil
            await campaign.retire()
        }
        let new = ledgers.union(atBroker).subtracting(watched.keys).map { name in
            let local = CampaignSource.ledger(path: Ledger.path(of: name, in: directory))
            return WatchedCampaign(
                name, at: atBroker.contains(name) ? broker.map(CampaignSource.broker) ?? local : local, dependencies)
        }
        for campaign in new { watched[campaign.name] = campaign }
        return new
    }
}
