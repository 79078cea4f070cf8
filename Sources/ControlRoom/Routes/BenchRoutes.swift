import Campaigns
import Foundation
import Hummingbird
import Monitoring

/// The bench as pages: somebody takes a job, measures it, and types what came out.
struct BenchRoutes: Sendable {
    let watchlist: Watchlist
    let templates: Templates
    let bench: Bench
    let charts: ChartLibrary
    let attachments: AttachmentStore

    private static let cookie = "burette-person"
    /// How long a request for a job waits for one.
    private static let wait = Duration.seconds(8)

    func add(to doors: Doors) {
        let group = doors.bench.group("/campaigns/:name/bench")
        group.get { request, context in
            try await page(request, context, waiting: request.query("none") != nil, done: request.query("done"))
        }
        group.post("name") { request, context in
            let campaign = try await watchlist.campaign(in: context).name
            let form = try await OrderForm(from: request)
            do {
                let person = try Bench.Person(named: form.person, at: campaign)
                var response = Self.back(campaign)
                response.setCookie(
                    Cookie(
                        name: Self.cookie, value: person.name, maxAge: 31_536_000, path: "/", httpOnly: true,
                        sameSite: .strict))
                return response
            } catch let problem as Problem {
                return try await page(request, context, problem: problem)
            }
        }
        group.post("take") { request, context in
            let person = try await person(request, context)
            do {
                let state = try await watchlist.history(in: context).state
                let held = try await bench.take(person, in: state, wait: Self.wait)
                return Self.back(person.campaign, held == nil ? "?none=1" : "")
            } catch {
                return try await page(request, context, problem: Problem(error))
            }
        }
        group.post("answer") { request, context in try await answer(request, context) }
        group.post("fail") { request, context in
            try await end(request, context) { person, form, state in
                let kind = FailureKind(rawValue: form.kind)
                let reason = form.reason.isEmpty ? Texts.english["noReason"] ?? "" : form.reason
                try await bench.fail(person, JobID(form.job), reason: reason, kind: kind, in: state)
            }
        }
        group.post("return") { request, context in
            try await end(request, context) { person, form, state in
                try await bench.giveBack(
                    person, JobID(form.job), reason: form.reason.isEmpty ? "given back" : form.reason, in: state)
            }
        }
    }

    private func person(_ request: Request, _ context: RoomContext) async throws -> Bench.Person {
        let name = context.who ?? request.cookies[Self.cookie]?.value ?? ""
        return try await Bench.Person(named: name, at: watchlist.campaign(in: context).name)
    }

    private func answer(_ request: Request, _ context: RoomContext) async throws -> Response {
        let form = try await OrderForm(from: request)
        do {
            let history = try await watchlist.historyOfJobs(in: context)
            let person = try await person(request, context)
            var result = try TypedRow([:], form.values).result(of: history.campaign, at: form.job)
            result.attachments = try form.attachments.map(attachments.attachment)
            let job = try await bench.job(JobID(form.job), of: person, in: history.state)
            try await bench.answer(person, job, result, in: history.state)
            return Self.back(history.campaign.name, "?done=\(job.id)")
        } catch {
            return try await page(request, context, problem: Problem(error), typed: form)
        }
    }

    private func end(
        _ request: Request, _ context: RoomContext,
        _ body: (Bench.Person, OrderForm, CampaignState) async throws -> Void
    ) async throws -> Response {
        let form = try await OrderForm(from: request)
        let person = try await person(request, context)
        do {
            try await body(person, form, try await watchlist.history(in: context).state)
            return Self.back(person.campaign)
        } catch {
            return try await page(request, context, problem: Problem(error), typed: form)
        }
    }

    private func page(
        _ request: Request, _ context: RoomContext, waiting: Bool = false, done: String? = nil,
        problem: Problem? = nil, typed: OrderForm = OrderForm([])
    ) async throws -> Response {
        let history = try await watchlist.history(in: context)
        let person = try? await person(request, context)
        var held: Bench.Held?
        if let person { held = try await bench.held(by: person, in: history.state) }
        let page = BenchPage(
            history.campaign, person: person?.name, held: held, isServed: bench.serves(history.campaign.name),
            isWaiting: waiting, done: done, problem: problem?.message, typed: typed, lease: bench.lease,
            context.reader(charts))
        return try templates.page("bench", page, status: problem?.status ?? .ok)
    }

    private static func back(_ campaign: CampaignName, _ query: String = "") -> Response {
        .redirect(to: "/campaigns/\(campaign)/bench\(query)", type: .normal)
    }
}
