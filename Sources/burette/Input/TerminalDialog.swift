import Campaigns
import Foundation
import Instruments
import ServiceLifecycle
import WorkerService

/// A person at a terminal: shows each job that comes to a desk, and takes what is typed. Ends when the person leaves.
struct TerminalDialog: Service {
    let desk: Desk
    let campaign: CampaignName

    func run() async throws {
        let desk = desk
        var lines = TypedLines { Task { await desk.close() } }
        try await withGracefulShutdownHandler {
            do {
                repeat {
                    Output.note("Waiting for a job of \(campaign). Ctrl-C leaves.")
                } while try await attend(&lines)
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
        case failure(String, FailureKind?)
        case back(String)
    }

    /// Takes one job to its end; false when the person leaves.
    private func attend(_ lines: inout TypedLines) async throws -> Bool {
        let assignment = try await desk.nextAssignment()
        let job = assignment.job
        lines.forget()
        show(job)
        while true {
            do {
                switch try await reply(to: job, &lines) {
                case .values(let values):
                    try await desk.answer(assignment, values)
                    Output.note("Recorded.")
                    return true
                case .failure(let reason, let kind):
                    try await desk.fail(assignment, reason: reason, kind: kind)
                    let said = kind == .accident ? "an accident" : kind?.rawValue ?? "failed"
                    Output.note("Recorded as \(said): \(reason)")
                    return true
                case .back(let reason):
                    // Before it is given back: no other job is to come for a person who leaves.
                    await desk.close()
                    try await desk.giveBack(assignment, reason: reason)
                    Output.note("Job \(job.id) is returned.")
                    return false
                }
            } catch is PersonLeft {
                await desk.close()
                try await desk.giveBack(assignment, reason: "the terminal is gone")
                return false
            } catch Desk.Problem.refused(let refusal) {
                Output.note("That cannot be taken: \(refusal).")
            } catch let problem as Desk.Problem {
                Output.note("\(problem)")
                return true
            }
        }
    }

    private func show(_ job: Job) {
        Output.note("")
        Output.note(Output.bold("Job \(job.id)"))
        let width = job.parameters.keys.map(\.count).max() ?? 0
        for (name, value) in job.parameters.sorted(by: {
            $0.key.compare($1.key, options: .numeric) == .orderedAscending
        }) {
            let unit = job.units?[name].map { " \($0)" } ?? ""
            Output.note("  \(name.padding(toLength: width, withPad: " ", startingAt: 0))  \(value.readable)\(unit)")
        }
        Output.note(
            "Measure \(job.objectives.joined(separator: ", ")). Type what you measured; or: fail WHY, back, help.")
    }

    private static let help = """
        Type the number, with a decimal point or a decimal comma, with or without its unit; < 0.1 or > 95 where only a limit is known.
          fail WHY        it cannot be measured: the planner learns that, and why
          infeasible WHY  the same, and these parameters are at fault: they are never tried again
          accident WHY    the same, and it was bad luck: these parameters are tried again
          back            gives the job back for somebody else, and leaves
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
                case let other: return other
                }
            }
            let list = job.objectives.map { name in
                "\(name) \(result.limits[name]?.sign ?? "=") \((result.values[name] ?? .nan).shortest)"
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
                let limit = Limit.read(answer)
                let number = try TypedNumber.read(limit?.number ?? answer, unit: unit)
                return .values(
                    MeasurementResult([objective: number], limits: limit.map { [objective: $0.limit] } ?? [:]))
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
            while reason.isEmpty { reason = try await ask("Why? ", &lines) }
            return .failure(reason, FailureKind(rawValue: word))
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
