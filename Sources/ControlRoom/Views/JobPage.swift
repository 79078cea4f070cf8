import Campaigns
import Monitoring

/// The page of one job: its life, why it was recommended, and what came out of it.
struct JobPage: Sendable {
    struct Fact: Sendable {
        let name: String
        let value: String
    }

    /// Something that was attached to the result.
    struct File: Sendable {
        let text: String
        /// Where it can be had, if it is here.
        let link: String?
        let isPicture: Bool

        init(_ attachment: Attachment, of campaign: String) {
            let parts = attachment.url.split(separator: "/")
            let isHere = parts.count == 3 && parts[0] == "attachments" && parts[1] == attachment.sha256
            text = isHere ? String(parts[2]) : attachment.url
            link = isHere ? "/campaigns/\(campaign)/\(attachment.url)" : nil
            isPicture = isHere && AttachmentStore.pictureType(of: text) != nil
        }
    }

    struct Comment: Sendable {
        let by: String
        let text: String
    }

    struct OrderLink: Sendable {
        let name: String
        let label: String
        /// What the order is about, as a query.
        let query: String
    }

    struct Replayed: Sendable {
        let text: String
        let differences: [String]
    }

    struct Hyperparameters: Sendable { let facts: [Fact] }

    let frame: Frame
    let t = Texts.english
    let campaign: String
    let job: String
    let status: String
    let statusText: String?
    let verdict: String?
    let orders: [OrderLink]
    let point: [Fact]
    let outcome: [Fact]
    /// What its worker said, where a person corrected it.
    let correction: String?
    let comments: [Comment]
    let attachments: [File]
    let why: [Fact]
    let notes: [String]
    let hyperparameters: Hyperparameters?
    let canReplay: Bool
    let replay: Replayed?
    let life: [EventRow]
    let number: Int

    /// The page of a job, or of the batch that an id names; `record` is the job, or the batch's first sample. Cost: linear in the events.
    init(_ id: JobID, _ record: JobRecord, _ history: CampaignHistory, replay: Replayed?, _ reader: Reader) {
        let (state, definition) = (history.state, history.campaign)
        let t = Texts.english
        let word = { (key: String) in t[key] ?? key }
        let job = record.job
        frame = Frame(title: "\(id)", reader: reader)
        (campaign, self.job, status) = (definition.name.rawValue, id.rawValue, record.status.word)
        statusText = record.text
        verdict = state.verdicts[id].map { "\($0.isRight ? word("include") : word("exclude")) \($0.by): \($0.reason)" }
        point = definition.space.parameters.compactMap { parameter in
            job.parameters[parameter.name].map { Self.fact(parameter.name, "\($0)", parameter.unit) }
        }
        let measurement = record.measurement
        let explanation = job.explanation
        let right = state.correction(of: id)
        let measured = measurement.map { right?.values ?? $0.values }
        outcome = Self.outcome(record, measured, explanation, definition, word)
        correction = right.flatMap { right in
            measurement.map {
                "\(word("correctedFrom")) \(definition.describe($0.values)), \(right.by): \(right.reason)"
            }
        }
        comments = (state.comments[id] ?? []).map { Comment(by: $0.by, text: $0.text) }
        let name = definition.name.rawValue
        attachments = (measurement?.attachments ?? []).map { File($0, of: name) }
        why = Self.why(job, state, definition, word)
        notes = (explanation?.troubles ?? []).map(\.description)
        hyperparameters = explanation?.hyperparameters.map { _ in
            Hyperparameters(
                facts: Replay.facts([:], job.origin, explanation).dropFirst(2).map {
                    Fact(name: $0.name, value: $0.value)
                })
        }
        canReplay = job.basis != nil && job.origin != .injected && job.repeats == nil && replay == nil
        self.replay = replay
        var orders: [String] = []
        if record.status.isMeasured {
            orders += [state.verdicts[id]?.isRight == false ? "include" : "exclude", "correct"]
        }
        if record.status.isHeld { orders.append("rerun") }
        if record.status.isOpen { orders += ["withdraw", "fail"] }
        orders.append("comment")
        if !record.status.isOpen, !state.isEnding { orders.append("inject") }
        let again = job.parameters.sorted { $0.key < $1.key }.map {
            "p.\($0.key.percentEncoded)=\($0.value.description.percentEncoded)"
        }
        self.orders = orders.filter { OrderForm.role(for: $0) <= reader.level }.map {
            $0 == "inject"
                ? OrderLink(name: $0, label: word("again"), query: again.joined(separator: "&"))
                : OrderLink(name: $0, label: word($0), query: "job=\(id)")
        }
        let samples = Set(state.experiments(of: id) + [id, job.message])
        life = history.events.enumerated().filter { $0.element.body.job.map(samples.contains) ?? false }
            .map { EventRow($0.element, number: $0.offset + 1, in: state) }
        number = history.events.count
    }

    private static func fact(_ name: String, _ value: String, _ unit: String?) -> Fact {
        Fact(name: name, value: unit.map { "\(value) \($0)" } ?? value)
    }

    private static func outcome(
        _ record: JobRecord, _ values: [String: Double]?, _ explanation: Explanation?, _ definition: Campaign,
        _ word: (String) -> String
    ) -> [Fact] {
        guard let measurement = record.measurement, let values else { return [] }
        var facts = definition.objectives.compactMap { objective in
            values[objective.name].map { fact(objective.name, Wording.number($0), objective.unit) }
        }
        if let first = definition.objectives.first, let value = values[first.name],
            let mean = explanation?.mean,
            let deviation = explanation?.standardDeviation
        {
            facts.append(fact(word("predicted"), "\(Wording.number(mean)) ± \(Wording.number(deviation))", first.unit))
            if deviation > 0 {
                facts.append(
                    Fact(name: word("off"), value: ((value - mean) / deviation).rounded(significant: 2).shortest))
            }
        }
        facts.append(Fact(name: word("worker"), value: measurement.worker))
        facts.append(Fact(name: word("took"), value: Wording.duration(measurement.ended - measurement.began)))
        return facts
    }

    /// What was known, and how much of the point was for gain and how much for learning.
    private static func why(
        _ job: Job, _ state: CampaignState, _ definition: Campaign, _ word: (String) -> String
    ) -> [Fact] {
        var facts = [Fact(name: word("origin"), value: word(job.origin.rawValue))]
        if let basis = job.basis {
            facts.append(Fact(name: word("known"), value: "\(basis.observations)"))
            facts.append(Fact(name: word("pendingThen"), value: "\(basis.pending.count)"))
        }
        guard let explanation = job.explanation, let objective = definition.objectives.first else { return facts }
        facts.append(Fact(name: word("plannerVersion"), value: explanation.planner))
        guard let mean = explanation.mean, let deviation = explanation.standardDeviation else { return facts }
        let before = state.observations.prefix(job.basis?.observations ?? explanation.observations)
        let values = before.filter { !state.isExcluded($0) }.compactMap { $0.values[objective.name] }
        if let best = values.reduce(
            nil as Double?, { best, value in best.map { objective.prefers(value, to: $0) ? value : $0 } ?? value })
        {
            facts.append(fact(word("bestThen"), Wording.number(best), objective.unit))
            let gain = objective.goal == .minimize ? best - mean : mean - best
            facts.append(fact(word("gain"), Wording.number(gain), objective.unit))
        }
        facts.append(fact(word("learning"), Wording.number(deviation), objective.unit))
        return facts
    }
}

extension JobRecord {
    /// What there is to say of its status beyond the word.
    fileprivate var text: String? {
        switch status {
        case .started(let worker, _): worker
        case .failed(let failure): "\(failure.worker): \(failure.reason)"
        case .held(let hold): "\(hold.by): \(hold.reason)"
        case .dead(let reason): reason
        case .ready, .measured, .withdrawn, .released: nil
        }
    }
}
