import Campaigns
import Foundation

/// Operators' orders as events.
public struct OperatorOrders: Sendable {
    /// Who gives them, in events.
    public let name: String
    private let now: @Sendable () -> Double

    /// The orders of `name`; of somebody unnamed where that is nil.
    public init(by name: String?, now: @escaping @Sendable () -> Double) {
        self.name = name ?? Self.defaultName
        self.now = now
    }

    /// The name of an operator who gives none.
    public static let defaultName = "operator"

    /// An order to a campaign; each is one, with an id of its own.
    public func order(_ body: Event.Body, to campaign: CampaignName) -> Event {
        Event(id: "order-\(UUID().uuidString.lowercased())", campaign: campaign, time: now(), body: body)
    }

    /// Who orders, and why.
    public func reason(_ text: String?) -> Event.Reason { .init(by: name, reason: text ?? "as ordered") }

    /// An operator's decision on a job of `state`. Throws ``NothingToDecide``.
    public func release(
        _ job: JobID, _ decision: Event.Release.Decision, reason text: String?, in state: CampaignState
    ) throws(NothingToDecide) -> Event.Body {
        let statuses = state.experiments(of: job).compactMap { state.jobs[$0]?.status }
        let status = statuses.first(where: \.isHeld) ?? statuses.first(where: \.isOpen) ?? statuses.first
        guard let status, status.isHeld || status.isOpen && decision != .rerun else {
            throw NothingToDecide(job: job, status: status, wanted: decision == .rerun ? "held" : "pending")
        }
        return .released(.init(job: job, decision: decision, by: name, reason: reason(text).reason))
    }
}

/// A job that is not in a state in which a person may decide on it.
public struct NothingToDecide: Error, CustomStringConvertible {
    let job: JobID
    let status: JobStatus?
    let wanted: String

    public var description: String {
        "job \(job) is not \(wanted): it is \(status?.word ?? "gone"). Nothing to decide"
    }
}

extension NothingToDecide: CodedError {
    public var code: String { "nothing-to-decide" }
}
