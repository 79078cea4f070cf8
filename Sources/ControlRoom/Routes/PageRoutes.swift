import Campaigns
import Foundation
import Hummingbird
import Monitoring
import ServiceRuntime

/// The pages for people.
struct PageRoutes: Sendable {
    let watchlist: Watchlist
    let directory: String
    let templates: Templates
    let charts: ChartLibrary
    let models: ModelCache
    let dependencies: Dependencies

    func add(to doors: Doors) {
        doors.viewers.get("/") { _, context in
            let rows = await watchlist.rows(dependencies.now())
            return try templates.page("campaigns", CampaignsPage(rows, directory: directory, context.reader(charts)))
        }
        doors.viewers.get("/compare") { request, context in
            let names = request.uri.queryParameters.filter { $0.key == "name" }.map { String($0.value) }
            let page = ComparePage(
                await watchlist.rows(dependencies.now()), names: names, context.reader(charts))
            return try templates.page("compare", page)
        }
        doors.viewers.get("/campaigns/:name") { request, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            let page = CampaignPage(
                snapshot, ObservationTable.Query(request), sent: request.query("sent"), context.reader(charts),
                now: dependencies.now())
            return try templates.page("campaign", page)
        }
        doors.viewers.get("/campaigns/:name/board") { request, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            let page = BoardPage(
                snapshot, ObservationTable.Query(request), sent: request.query("sent"), context.reader(charts),
                now: dependencies.now())
            return try templates.page("board", page)
        }
        doors.viewers.get("/campaigns/:name/jobs/:job") { request, context in
            let history = try await watchlist.history(in: context)
            let id = try history.state.job(context.parameters.require("job"), for: history.campaign.objectives)
            guard let record = history.state.experiments(of: id).first.flatMap({ history.state.jobs[$0] }) else {
                throw HTTPError(.notFound)
            }
            let replay = request.query("replay") == nil ? nil : try await replayed(id, history)
            return try templates.page(
                "job", JobPage(id, record, history, replay: replay, context.reader(charts)))
        }
        doors.viewers.get("/campaigns/:name/jobs/:job/card") { request, context in
            let history = try await watchlist.history(in: context)
            let id = try history.state.job(context.parameters.require("job"), for: history.campaign.objectives)
            guard let job = history.state.jobs[id]?.job else { throw HTTPError(.notFound) }
            let scheme = context.isEncrypted ? "https" : "http"
            let address =
                "\(scheme)://\(request.head.authority ?? "")/campaigns/\(history.campaign.name)/jobs/\(id)"
            return try templates.page("card", CardPage(job, of: history.campaign, at: address, context.reader(charts)))
        }
        doors.viewers.get("/campaigns/:name/model") { request, context in
            let history = try await watchlist.history(in: context)
            let axes = history.campaign.plane(request)
            let view = try await models.view(of: history, plane: axes)
            return try templates.page("model", ModelPage(history.campaign, view, axes, context.reader(charts)))
        }
        doors.bench.get("/campaigns/:name/orders/:order") { request, context in
            let history = try await watchlist.history(in: context)
            let order = try context.parameters.require("order")
            let form = OrderForm(request.uri.queryParameters.map { (String($0.key), String($0.value)) })
            guard form.request(order) != nil else { throw HTTPError(.notFound) }
            try context.require(OrderForm.role(for: order))
            return try templates.page(
                "question", QuestionPage(order, form, history, problem: nil, context.reader(charts)))
        }
        doors.bench.post("/campaigns/:name/orders/:order") { request, context in
            try await give(try context.parameters.require("order"), try await OrderForm(from: request), context)
        }
    }

    /// Gives an order that was typed into a form. What is wrong with it is said beside it, and nothing that was typed is lost.
    private func give(_ order: String, _ form: OrderForm, _ context: RoomContext) async throws -> Response {
        let campaign = try await watchlist.campaign(in: context)
        guard let request = form.request(order), let history = await campaign.snapshot().history else {
            throw HTTPError(.notFound)
        }
        try context.require(OrderForm.role(for: order))
        let event: Event
        do {
            event = try OperatorOrders(by: context.who, now: dependencies.now).event(
                request, because: form.reason, in: history, at: Texts.english["orders"] ?? "orders")
        } catch {
            let problem = Problem(error)
            let page = QuestionPage(order, form, history, problem: problem.message, context.reader(charts))
            return try templates.page("question", page, status: problem.status)
        }
        try await campaign.source.send([event], to: campaign.name)
        let place = form.isOfBoard ? "/board" : ""
        return .redirect(to: "/campaigns/\(campaign.name)\(place)?sent=\(event.id)", type: .normal)
    }

    private func replayed(_ id: JobID, _ history: CampaignHistory) async throws -> JobPage.Replayed {
        let t = Texts.english
        do {
            let replay = try await dependencies.offloading.run { try Replay(of: id, in: history.events) }
            let differences = replay.differences.map { "\($0.name): \($0.recorded), \($0.recomputed)" }
            return .init(text: t[differences.isEmpty ? "replaySame" : "replayOther"] ?? "", differences: differences)
        } catch let obstacle as Replay.Obstacle {
            return .init(text: t["replayNot"] ?? "", differences: ["\(obstacle)"])
        }
    }
}
