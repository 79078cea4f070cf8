import Campaigns
import Foundation
import Hummingbird
import Monitoring
import ServiceRuntime

/// The HTTP interface for programs: what the pages show, and the orders that they give.
struct APIRoutes: Sendable {
    let watchlist: Watchlist
    let models: ModelCache
    let progress: ProgressCache
    let dependencies: Dependencies

    /// An order as a program sends it.
    private struct OrderMessage: Decodable {
        let order: String
        let job: String?
        let reason: String?
        let before: String?
        let parameters: [String: ParameterValue]?
        let values: [String: ParameterValue]?

        var form: OrderForm {
            var form = OrderForm([])
            (form.job, form.reason, form.before) = (job ?? "", reason ?? "", before ?? "")
            form.parameters = (parameters ?? [:]).mapValues(\.description)
            form.values = (values ?? [:]).mapValues(\.description)
            return form
        }
    }

    private struct Sent: Encodable { let event: EventID }
    private struct One: Encodable {
        let campaign: CampaignRow
        let definition: Campaign?
    }
    private struct All: Encodable { let campaigns: [CampaignRow] }

    func add(to doors: Doors) {
        doors.viewers.get("/api/openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
        let api = doors.viewers.group("/api/campaigns")
        api.get { _, _ in
            try Self.json(All(campaigns: await watchlist.rows(dependencies.now())))
        }
        api.get(":name") { _, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            return try Self.json(
                One(campaign: CampaignRow(snapshot, now: dependencies.now()), definition: snapshot.state.definition))
        }
        api.get(":name/observations") { request, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            return try Self.json(ObservationTable(snapshot, .init(strict: request)))
        }
        api.get(":name/progress") { _, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            guard let json = try await progress.json(of: snapshot) else {
                throw NotOpened(campaign: snapshot.name, imported: 0)
            }
            return Self.response(json)
        }
        api.get(":name/model") { request, context in
            let history = try await watchlist.history(in: context)
            guard let view = try await models.view(of: history, plane: history.campaign.plane(request)) else {
                throw Problem(.notFound, "no-model", Texts.english["noModel"] ?? "")
            }
            return try Self.json(view)
        }
        api.get(":name/jobs/:job") { _, context in
            let history = try await watchlist.history(in: context)
            let id = try history.state.job(context.parameters.require("job"), for: history.campaign.objectives)
            let jobs = history.state.experiments(of: id).compactMap { history.state.jobs[$0]?.job }
            return try Self.json(jobs)
        }
        api.get(":name/events") { request, context in
            guard request.query("after").map({ Int($0).map { $0 >= 0 } ?? false }) ?? true else {
                throw Problem(.badRequest, "bad-query", "after is the number of an event")
            }
            let after = request.headers[field: "Last-Event-ID"] ?? request.query("after")
            return EventStream(
                campaign: try await watchlist.campaign(in: context), after: after.flatMap { Int($0) } ?? 0,
                visitor: context.visitorNow
            ).response
        }
        doors.bench.post("/api/campaigns/:name/orders") { request, context in try await order(request, context) }
    }

    private func order(_ request: Request, _ context: RoomContext) async throws -> Response {
        let campaign = try await watchlist.campaign(in: context)
        // The same key is the same order, however often it is sent: the record takes an event once.
        let key = request.headers[field: "Idempotency-Key"]
        if let key, key.wholeMatch(of: /[A-Za-z0-9._-]{1,64}/) == nil {
            throw Problem(
                .badRequest, "bad-key", "an Idempotency-Key has 1 to 64 letters, digits, dots, hyphens and underscores")
        }
        let message = try await request.message(OrderMessage.self)
        guard let order = message.form.request(message.order) else {
            throw Problem(
                .badRequest, "unknown-order",
                "there is no order \"\(message.order.prefix(40))\": \(OrderForm.orders.joined(separator: ", "))")
        }
        try context.require(OrderForm.role(for: message.order))
        let history = try await watchlist.history(in: context)
        let orders = OperatorOrders(by: context.who, now: dependencies.now)
        var event = try orders.event(order, because: message.reason, in: history, at: "the request")
        if let key { event = Event(id: "order-\(key)", campaign: event.campaign, time: event.time, body: event.body) }
        try await campaign.source.send([event], to: campaign.name)
        return try Self.json(Sent(event: event.id), status: .accepted)
    }

    /// The methods of a path: below /api each has one.
    static func methods(at path: String) -> [HTTPRequest.Method] {
        guard path.hasPrefix("/api/") else { return [.get, .head, .post] }
        let changes = ["orders", "attachments", "take", "renew", "result", "failed", "return"]
        return changes.contains { path.hasSuffix("/\($0)") } ? [.post] : [.get]
    }

    /// How everything is written: the same value as the same text.
    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A prediction may be beyond all numbers; JSON has no way to write that.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        response(try encoder.encode(value), status: status)
    }

    private static func response(_ json: Data, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(data: json)))
    }
}
