import Campaigns

/// An order to a campaign as a person gives it: on the command line, on a page, or over HTTP. Jobs are named as people name them, values are typed.
public enum OrderRequest: Hashable, Sendable {
    /// No new jobs until the campaign is resumed.
    case pause
    /// Jobs again.
    case resume
    /// The campaign ends once the running measurements have.
    case stop
    /// A held job is measured again.
    case rerun(job: String)
    /// A pending job is given up: it has failed.
    case fail(job: String)
    /// A pending job is taken back: nobody wants it measured.
    case withdraw(job: String)
    /// A result is wrong: nothing is learnt from it.
    case exclude(job: String)
    /// A result is right, however it looks.
    case include(job: String)
    /// A result was mistyped: these values are right. Objectives that are left out keep theirs.
    case correct(job: String, values: [String: String])
    /// Something to say about a job, for other people.
    case comment(job: String, text: String)
    /// A ready job is handed out earlier or later.
    case move(job: String, to: Place)
    /// Other limits, by their names in the campaign's file; "none" is no limit. Those that are left out stay.
    case budget(limits: [String: String])
    /// A measurement at a point; recorded as made where `values` are given.
    case inject(parameters: [String: String], values: [String: String])

    /// Whether it cannot be taken back, and is worth a question.
    public var isFinal: Bool {
        switch self {
        case .stop, .fail, .withdraw, .inject, .budget: true
        case .pause, .resume, .rerun, .exclude, .include, .correct, .comment, .move: false
        }
    }

    /// A place among the jobs that wait in a queue.
    public enum Place: Hashable, Sendable {
        case first, last
        /// Before another job.
        case before(String)

        /// A place as it is typed: `first`, `last`, or a job.
        public init(_ text: String) { self = text == "first" ? .first : text == "last" ? .last : .before(text) }
    }
}

/// An order that makes no sense in the state that the campaign is in.
public struct OutOfPlace: CodedError, CustomStringConvertible {
    public let description: String
    public var code: String { "out-of-place" }
    init(_ description: String) { self.description = description }
}

extension OperatorOrders {
    /// The event that `request` is, in a campaign of which `history` is known. `place` says where it was typed. Throws
    /// ``CampaignState/NoSuchJob``, ``NothingToDecide``, ``OutOfPlace`` and ``WrongData``.
    public func event(
        _ request: OrderRequest, because text: String?, in history: CampaignHistory, at place: String
    ) throws -> Event {
        let (state, campaign) = (history.state, history.campaign)
        let reason = reason(text?.isEmpty == false ? text : nil)
        func job(_ text: String) throws -> JobID { try state.job(text, for: campaign.objectives) }
        func verdict(_ text: String) throws -> Event.Verdict {
            let job = try job(text)
            let statuses = state.experiments(of: job).compactMap { state.jobs[$0]?.status }
            guard statuses.contains(where: \.isMeasured) else {
                throw OutOfPlace("job \(job) has no result: it is \(statuses.first?.word ?? "gone")")
            }
            return .init(job: job, by: reason.by, reason: reason.reason)
        }
        let body: Event.Body =
            switch request {
            case .pause: .paused(reason)
            case .resume: .resumed(reason)
            case .stop: .stopped(reason)
            case .rerun(let text): try release(try job(text), .rerun, reason: reason.reason, in: state)
            case .fail(let text): try release(try job(text), .fail, reason: reason.reason, in: state)
            case .withdraw(let text): try release(try job(text), .withdraw, reason: reason.reason, in: state)
            case .exclude(let text): .excluded(try verdict(text))
            case .include(let text): .included(try verdict(text))
            case .correct(let text, let values):
                .corrected(try correction(of: try job(text), values, reason, history, place))
            case .comment(let name, let said): .commented(try comment(on: try job(name), said))
            case .move(let text, let place): .moved(try move(try job(text), to: place, reason, history))
            case .budget(let limits): .budgeted(try budgeting(limits, reason, history, place))
            case .inject(let parameters, let values):
                .injected(
                    try injection(TypedRow(parameters, values), isMeasured: !values.isEmpty, reason, history, place))
            }
        return order(body, to: campaign.name)
    }

    private func injection(
        _ row: TypedRow, isMeasured: Bool, _ reason: Event.Reason, _ history: CampaignHistory, _ place: String
    ) throws -> Event.Injection {
        let campaign = history.campaign
        if !isMeasured, history.state.isEnding {
            throw OutOfPlace(
                "the campaign \(campaign.name) is \(history.state.phase.word); nothing is measured any more")
        }
        let observation = try row.observation(of: campaign, at: place, needsValues: false)
        let injection = Event.Injection(
            job: JobID("manual-\(String(UInt32.random(in: .min ... .max), radix: 16))"),
            parameters: observation.parameters, values: observation.values.isEmpty ? nil : observation.values,
            by: reason.by, reason: reason.reason, limits: observation.limits, errors: observation.errors)
        if let refusal = campaign.refusal(of: injection) { throw WrongData(place, refusal) }
        return injection
    }
}
