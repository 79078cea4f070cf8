import Campaigns
import Capacity
import Monitoring

/// Studies of what more workers would bring, computed when somebody asks, one at a time and on one thread: planners need the others.
actor CapacityDesk {
    /// How far a study is.
    enum Standing: Sendable {
        case computing(over: Int, all: Int)
        case done(CapacityStudy)
        case failed(String)
    }

    static let workers = [1, 2, 4, 8, 16, 32]
    static let seeds = 3
    /// Campaigns with more measurements are left to the command line.
    static let mostMeasurements = 500
    private static let capacity = 16
    private var standings: [Campaign: Standing] = [:]
    private var last: Task<Void, Never>?

    /// How far the study of a campaign is; nil where nobody asked for it.
    func standing(of history: CampaignHistory) -> Standing? { standings[history.campaign] }

    /// Begins the study of a campaign, unless one is under way.
    func begin(_ history: CampaignHistory) {
        let key = history.campaign
        if case .computing? = standings[key] { return }
        if standings.count >= Self.capacity {
            standings = standings.filter { if case .computing = $1 { true } else { false } }
        }
        standings[key] = .computing(over: 0, all: Self.workers.count * Self.seeds)
        last = Task { [last] in
            await last?.value
            await self.compute(history, key)
        }
    }

    private func compute(_ history: CampaignHistory, _ key: Campaign) async {
        do {
            let study = try await CapacityStudy(
                of: history.campaign, workers: Self.workers, seeds: Self.seeds, by: try Self.standIn(history),
                threads: 1,
                progress: { over, all in Task { await self.note(.computing(over: over, all: all), key) } })
            standings[key] = .done(study)
        } catch {
            standings[key] = .failed("\(error)")
        }
    }

    private func note(_ standing: Standing, _ key: Campaign) {
        if case .computing? = standings[key] { standings[key] = standing }
    }

    /// What cannot be simulated, in words.
    private struct Impossible: Error, CustomStringConvertible {
        let description: String
    }

    /// The model that was learnt, or else the campaign's own surface.
    private static func standIn(_ history: CampaignHistory) throws -> StandIn {
        let (campaign, state) = (history.campaign, history.state)
        let most = campaign.budget.measurements ?? .max
        guard most <= mostMeasurements else {
            throw Impossible(description: Texts.english["capacityTooLarge"] ?? "")
        }
        if let durations = Durations(of: state),
            let model = try StandIn.model(of: state, campaign, durations: durations)
        {
            return model
        }
        guard let surface = campaign.allInstruments.first(where: { $0.surface != nil }) else {
            throw Impossible(description: Texts.english["capacityNoModel"] ?? "")
        }
        return .surface(surface, duration: nil)
    }
}
