import Campaigns
import Foundation
import Instruments
import ServiceLifecycle
import WorkerService

/// A person at a terminal: shows each job that comes to a desk, and takes what is typed. Ends when the person leaves.
struct TerminalDialog: Service {
    let desk: Desk
    let campaign: CampaignName
    /// The parameters in the order in which they are set; nil where it is not known.
    let order: [String]?

    func run() async throws {
        let desk = desk
        var lines = TypedLines { Task { await desk.close() } }
        try await withGracefulShutdownHandler {
            do {
                var next = Next.job
                while next != .nothing {
                    if next == .job { Output.note("Waiting for a job of \(campaign). Ctrl-C leaves.") }
                    next = try await attend(&lines)
                }
                await desk.close()
            } catch Desk.Problem.closed {
                // The person has left, or the worker is to stop.
            }
        } onGracefulShutdown: {
            Task { await desk.close() }
        }
    }

    /// Nothing more is typed.
    private struct PersonLeft: Error {}

    private enum Reply {
        case values(MeasurementResult)
        case failure(String, FailureKind?, ofBatch: Bool)
        case back(String)
    }

    /// What comes after a job.
    private enum Next {
        case job, sample, nothing
    }

    /// Takes one job to its end, and says what comes then: nothing when the person leaves.
    private func attend(_ lines: inout TypedLines) async throws -> Next {
        let assignment = try await desk.nextAssignment()
        let job = assignment.job
        let next = job.batch.map { $0.number < $0.size ? Next.sample : .job } ?? .job
        lines.forget()
        show(assignment)
        while true {
            do {
                switch try await reply(to: job, &lines) {
                case .values(let values):
                    try await desk.answer(assignment, values)
                    Output.note("Recorded.")
                    return next
                case .failure(let reason, let kind, let ofBatch):
                    if ofBatch {
                        try await desk.failBatch(assignment, reason: reason, kind: kind)
                    } else {
                        try await desk.fail(assignment, reason: reason, kind: kind)
                    }
                    let said = kind == .accident ? "an accident" : kind?.rawValue ?? "failed"
                    Output.note(
                        "Recorded as \(said)\(ofBatch ? ", with all that is left of the batch" : ""): \(reason)")
                    return ofBatch ? .job : next
                case .back(let reason):
                    // Before it is given back: no other job is to come for a person who leaves.
                    await desk.close()
                    try await desk.giveBack(assignment, reason: reason)
                    Output.note("Job \(job.id) is returned.")
                    return .nothing
                }
            } catch is PersonLeft {
                await desk.close()
                try await desk.giveBack(assignment, reason: "the terminal is gone")
                return .nothing
            } catch Desk.Problem.refused(let refusal) {
                Output.note("That cannot be taken: \(refusal).")
            } catch let problem as Desk.Problem {
                Output.note("\(problem)")
                return .job
            }
        }
    }

    private func show(_ assignment: Desk.Assignment) {
        let job = assignment.job
        Output.note("")
        if let batch = assignment.batch, let place = job.batch {
            if place.number == 1 { for line in BatchTable(batch).lines { Output.note(line) } }
            Output.note(Output.bold("Sample \(place.number) of \(place.size) (job \(job.id))"))
        } else {
            Output.note(Output.bold("Job \(job.id)"))
        }
        let own = job.parameters.filter { job.batch?.shared[$0.key] == nil }
        let width = own.keys.map(\.count).max() ?? 0
        for (name, value) in own.inOrder(order) {
            let unit = job.units?[name].map { " \($0)" } ?? ""
            Output.note("  \(name.padding(toLength: width, withPad: " ", startingAt: 0))  \(value.readable)\(unit)")
        }
        Output.note(
            "Measure \(job.objectives.joined(separator: ", ")). Type what you measured; or: fail WHY, back, help.")
    }

    private static let help = """
        Type the number, with a decimal point or a decimal comma, with or without its unit; < 0.1 or > 95 where only a limit is known;
        0.42 +- 0.02 where its standard error is.
          fail WHY        it cannot be measured: the planner learns that, and why
          infeasible WHY  the same, and these parameters are at fault: they are never tried again
          accident WHY    the same, and it was bad luck: these parameters are tried again
          fail all WHY, infeasible all WHY, accident all WHY
                          the same of this sample and of all others of its batch that have no result
          back            gives the job back for somebody else, with what is left of its batch, and leaves
        Ctrl-C leaves after this job, twice leaves at once and gives it back.
        """

    private func reply(to job: Job, _ lines: inout TypedLines) async throws -> Reply {
        while true {
            var result = MeasurementResult([:])
            for objective in job.objectives {
                switch try await value(of: objective, job.units?[objective], &lines) {
                case .values(let value):
                    result.values.merge(value.values) { $1 }
                    result.limits.merge(value.limits) { $1 }
                    result.errors.merge(value.errors) { $1 }
                case let other: return other
                }
            }
            let list = job.objectives.map { name in
                "\(name) \(result.limits[name]?.sign ?? "=") \((result.values[name] ?? .nan).shortest)"
                    + (result.errors[name].map { " +- \($0.shortest)" } ?? "")
                    + (job.units?[name].map { " \($0)" } ?? "")
            }
            let answer = try await ask("Record \(list.joined(separator: ", "))? [Y/n] ", &lines)
            if ["", "y", "yes"].contains(answer.lowercased()) { return .values(result) }
            if let command = try await command(answer, &lines) { return command }
            Output.note("Then once more.")
        }
    }

    /// Asks for one number until it is clear.
    private func value(of objective: String, _ unit: String?, _ lines: inout TypedLines) async throws -> Reply {
        while true {
            let answer = try await ask("\(objective)\(unit.map { " [\($0)]" } ?? ""): ", &lines)
            if let command = try await command(answer, &lines) { return command }
            guard !answer.isEmpty, answer != "help" else {
                Output.note(Self.help)
                continue
            }
            do {
                let (limit, uncertain) = (Limit.read(answer), StandardError.read(answer))
                let number = try TypedNumber.read(uncertain?.value ?? limit?.number ?? answer, unit: unit)
                let error = try uncertain.map { try TypedNumber.read($0.error, unit: unit) }
                return .values(
                    MeasurementResult(
                        [objective: number], limits: limit.map { [objective: $0.limit] } ?? [:],
                        errors: error.map { [objective: $0] } ?? [:]))
            } catch {
                Output.note("\(error).")
            }
        }
    }

    private func command(_ answer: String, _ lines: inout TypedLines) async throws -> Reply? {
        let words = answer.split(separator: " ", maxSplits: 1)
        switch words.first?.lowercased() {
        case "back", "quit", "exit":
            return .back(words.count > 1 ? String(words[1]) : "the person at the terminal gave it back")
        case let word? where word == "fail" || FailureKind(rawValue: word) != nil:
            var reason = words.count > 1 ? String(words[1]) : ""
            let ofBatch = reason == "all" || reason.hasPrefix("all ")
            if ofBatch { reason = String(reason.dropFirst(4)) }
            while reason.isEmpty { reason = try await ask("Why? ", &lines) }
            return .failure(reason, FailureKind(rawValue: word), ofBatch: ofBatch)
        default: return nil
        }
    }

    /// One line. Throws ``PersonLeft`` when there are no more.
    private func ask(_ question: String, _ lines: inout TypedLines) async throws -> String {
        if Output.isTerminal { Output.draw(question) } else { Output.note(question) }
        let line = await lines.next()
        Output.draw("")
        try Task.checkCancellation()
        guard let line else { throw PersonLeft() }
        return line
    }
}
