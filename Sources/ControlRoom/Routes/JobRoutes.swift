import Campaigns
import Foundation
import Hummingbird
import Monitoring

/// Jobs over HTTP, for instruments and programs that do not speak AMQP, with the promises of any worker: a result is on the disk when it is confirmed, and
/// the broker has it as soon as there is one.
struct JobRoutes: Sendable {
    let watchlist: Watchlist
    let bench: Bench
    let attachments: AttachmentStore

    private struct Message: Decodable {
        /// May be left out by who is logged in, or shows a token.
        let worker: String?
        /// How many seconds a request for a job waits for one, 60 at most.
        let wait: Double?
        let values: [String: ParameterValue]?
        /// The SHA-256 of files that were sent before.
        let attachments: [String]?
        let reason: String?
        let kind: FailureKind?
    }

    private struct Taken: Encodable {
        let job: JobID
        let parameters: Point
        let objectives: [String]
        let units: [String: String]?
        /// Seconds after which the job is given back unless it is renewed.
        let lease: Double
    }

    private struct Renewed: Encodable { let lease: Double }
    private struct Kept: Encodable { let kept: JobID }

    func add(to doors: Doors) {
        let jobs = doors.bench.group("/api/campaigns/:name/jobs")
        jobs.post("take") { request, context in
            let (person, message) = try await read(request, context)
            let wait = message.wait ?? 10
            guard (0...60).contains(wait) else {
                throw Problem(.unprocessableContent, "bad-wait", "wait is a number of seconds from 0 to 60")
            }
            let state = try await watchlist.history(in: context).state
            guard let held = try await bench.take(person, in: state, wait: .seconds(wait)) else {
                return Response(status: .noContent)
            }
            return try APIRoutes.json(
                Taken(
                    job: held.job.id, parameters: held.job.parameters, objectives: held.job.objectives,
                    units: held.job.units, lease: lease))
        }
        jobs.post(":job/renew") { request, context in
            let (person, _) = try await read(request, context)
            let job = try context.parameters.require("job")
            let state = try await watchlist.history(in: context).state
            guard try await bench.held(by: person, in: state)?.job.id.rawValue == job else { throw gone(job) }
            return try APIRoutes.json(Renewed(lease: lease))
        }
        jobs.post(":job/result") { request, context in
            let (person, message) = try await read(request, context)
            let history = try await watchlist.historyOfJobs(in: context)
            let id = JobID(try context.parameters.require("job"))
            let job = try await bench.job(id, of: person, in: history.state)
            let typed = TypedRow([:], (message.values ?? [:]).mapValues(\.description))
            var result = try typed.result(of: history.campaign, at: "the request")
            result.attachments = try (message.attachments ?? []).map(attachments.attachment)
            // The same once more: the answer was lost on its way.
            let known = history.state.jobs[id]?.measurement
            if known?.worker != person.name || known?.values != result.values {
                try await bench.answer(person, job, result, in: history.state)
            }
            return try APIRoutes.json(Kept(kept: id))
        }
        jobs.post(":job/failed") { request, context in
            let (person, message) = try await read(request, context)
            let id = JobID(try context.parameters.require("job"))
            let state = try await watchlist.history(in: context).state
            try await bench.fail(person, id, reason: message.reason ?? "", kind: message.kind, in: state)
            return try APIRoutes.json(Kept(kept: id))
        }
        jobs.post(":job/return") { request, context in
            let (person, message) = try await read(request, context)
            let id = JobID(try context.parameters.require("job"))
            let state = try await watchlist.history(in: context).state
            try await bench.giveBack(person, id, reason: message.reason ?? "given back", in: state)
            return try APIRoutes.json(Kept(kept: id))
        }
    }

    private var lease: Double { Double(bench.lease.components.seconds) }

    private func gone(_ job: String) -> Problem {
        Problem(
            .conflict, "job-gone", "job \(job.prefix(80)) is not on this desk any more; a result of it still counts")
    }

    private func read(_ request: Request, _ context: RoomContext) async throws -> (Bench.Person, Message) {
        let message = try await request.message(Message.self)
        let worker = message.worker ?? context.who ?? ""
        // Nobody answers for somebody else; one account may have several instruments.
        if let who = context.who, worker != who, !worker.hasPrefix("\(who)-") {
            throw Problem(
                .forbidden, "other-worker",
                "\(who) measures as \(who) or \(who)-SOMETHING, not as \(worker.prefix(40).debugDescription)")
        }
        return (try await Bench.Person(named: worker, at: watchlist.campaign(in: context).name), message)
    }
}
