import Campaigns
import EventStore
import Foundation
import Logging
import Monitoring
import WorkerService

/// A campaign with its ledger, which this process alone plans from now on.
struct OpenedCampaign {
    let campaign: Campaign
    /// The campaign under the budget that people gave, if one holds.
    private var planned: Campaign { before.definitions?.followed(bringing: campaign) ?? campaign }
    let ledger: Ledger
    /// What was known when it was opened.
    let before: CampaignState
    private let lock: LedgerLock

    /// Opens the ledger of `campaign` under `lock`. Throws ``LedgerError``, also where it holds another campaign of that name.
    init(_ campaign: Campaign, at path: String, lock: LedgerLock) async throws {
        self.campaign = campaign
        self.lock = lock
        ledger = try Ledger.open(path: path, create: true)
        before = CampaignState(try await ledger.events().events)
        let conflicts = before.conflicts(continuingWith: campaign)
        guard conflicts.isEmpty else {
            throw LedgerError.otherCampaign(path: path, name: campaign.name, conflicts)
        }
    }

    private init(_ other: OpenedCampaign, before: CampaignState) {
        (campaign, ledger, lock, self.before) = (other.campaign, other.ledger, other.lock, before)
    }

    /// Records what workers of this machine had measured when the last run ended before its planner had it.
    func takingIn(_ outboxes: [DirectoryOutbox], _ logger: Logger) async throws -> OpenedCampaign {
        var state = before
        for outbox in outboxes {
            let contents = try outbox.kept()
            for one in contents.unreadable {
                logger.error("a result in the outbox cannot be read, and is left there for inspection: \(one)")
            }
            for result in contents.results {
                if let refusal = state.refusal(ofReceived: result, campaign) {
                    logger.error("a result in the outbox cannot be taken, and is left there: \(refusal)")
                    continue
                }
                try await ledger.append([result])
                state.apply(result)
                outbox.drop(result)
            }
        }
        return OpenedCampaign(self, before: CampaignState(try await ledger.events().events))
    }

    /// If the campaign has ended for good, says so, reports it and answers true.
    func reportEnd(json: Bool) throws -> Bool {
        guard let reason = standingEnd else { return false }
        Output.note(
            "The campaign \(campaign.name) is finished: \(reason). To start over: burette clear \(campaign.name)")
        try Report(of: planned, before).print(planned, json: json)
        return true
    }

    /// Reports what the ledger holds now.
    func report(json: Bool) async throws -> CampaignState {
        let after = CampaignState(try await ledger.events().events)
        let definition = after.definition ?? campaign
        try Report(of: definition, after).print(definition, json: json)
        return after
    }

    /// Why a campaign that has ended stays so under this definition; nil if it goes on, its budget having grown.
    var standingEnd: String? {
        guard case .finished(let reason) = before.phase else { return nil }
        if before.stop != nil { return reason.reason }
        if let reason = before.reasonToEnd(planned, now: Date().timeIntervalSince1970, planner: "") {
            return reason.reason
        }
        let isExhausted = campaign.space.cardinality.map { $0 <= before.observations.count + before.failed } ?? false
        return isExhausted ? reason.reason : nil
    }
}
