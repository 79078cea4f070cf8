import Campaigns
import Foundation
import Hummingbird
import Monitoring

extension Watchlist {
    /// A row for each campaign.
    nonisolated func rows(_ now: Double) async -> [CampaignRow] {
        var rows: [CampaignRow] = []
        for campaign in await campaigns() { rows.append(CampaignRow(await campaign.snapshot(), now: now)) }
        return rows
    }

    /// The campaign that a request's path names. Throws ``Problem`` where there is none.
    nonisolated func campaign(in context: RoomContext) async throws -> WatchedCampaign {
        let name = try context.parameters.require("name")
        guard let campaign = await campaign(name) else {
            throw Problem(.notFound, "unknown-campaign", "there is no campaign \(name.prefix(80)) here")
        }
        return campaign
    }

    /// What is known of it, a moment later if need be: whoever has one of its jobs may be ahead of what an observer has read. Throws as
    /// ``history(in:)`` does.
    nonisolated func historyOfJobs(in context: RoomContext) async throws -> CampaignHistory {
        let patience = Date().addingTimeInterval(5)
        while Date() < patience, try await campaign(in: context).snapshot().history == nil {
            try await Task.sleep(for: .milliseconds(50))
        }
        return try await history(in: context)
    }

    /// What is known of it. Throws ``Problem`` before a planner opened it.
    nonisolated func history(in context: RoomContext) async throws -> CampaignHistory {
        let snapshot = try await campaign(in: context).snapshot()
        guard let history = snapshot.history else {
            throw NotOpened(campaign: snapshot.name, imported: snapshot.state.broughtObservations.count)
        }
        return history
    }
}

extension Campaign {
    /// The two parameters that a request asks for, or the first two; nil where there is one only.
    func plane(_ request: Request) -> (x: String, y: String)? {
        let names = space.parameters.map(\.name)
        guard names.count > 1 else { return nil }
        let x = request.query("x").flatMap { names.contains($0) ? $0 : nil } ?? names[0]
        let y =
            request.query("y").flatMap { names.contains($0) && $0 != x ? $0 : nil } ?? names.first { $0 != x }
            ?? names[1]
        return (x, y)
    }
}

extension Request {
    /// The first value of a name in the query; nil where there is none.
    func query(_ name: String) -> String? { uri.queryParameters[Substring(name)].map(String.init) }

    /// The JSON object that it brings. Throws ``Problem`` where it is none.
    func message<Message: Decodable>(_ type: Message.Type) async throws -> Message {
        guard headers[.contentType]?.hasPrefix("application/json") == true else {
            throw Problem(
                .unsupportedMediaType, "no-json", "this takes a JSON object, with the content type application/json")
        }
        let body = try await body.collect(upTo: ControlRoom.largestBody)
        do {
            return try JSONDecoder().decode(type, from: Data(buffer: body))
        } catch {
            throw Problem(.badRequest, "malformed", "the body is not what this takes: \(error)")
        }
    }
}

extension ObservationTable.Query {
    /// The part that a request asks for; what makes no sense is left at its default.
    init(_ request: Request) {
        sort = request.query("sort").flatMap { Int($0) }
        isDescending = request.query("descending") == "1"
        filter = String((request.query("filter") ?? "").prefix(200))
        offset = request.query("offset").flatMap { Int($0) } ?? 0
        limit = request.query("limit").flatMap { Int($0) } ?? limit
    }
}

extension ObservationTable.Query {
    /// The part that a program asks for. Throws ``Problem`` where that makes no sense.
    init(strict request: Request) throws {
        func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
            guard let text = request.query(name) else { return nil }
            guard let number = Int(text), range.contains(number) else {
                throw Problem(
                    .badRequest, "bad-query",
                    "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        self.init(request)
        _ = try number("sort", 0...10_000)
        _ = try number("offset", 0...1_000_000_000)
        _ = try number("limit", 1...Self.most)
        guard (request.query("filter") ?? "").count <= 200 else {
            throw Problem(.badRequest, "bad-query", "filter has at most 200 characters")
        }
        guard ["1", nil].contains(request.query("descending")) else {
            throw Problem(.badRequest, "bad-query", "descending is 1, or left out")
        }
    }
}

extension OrderForm {
    /// Reads the form that a request brings. Throws ``Problem`` where it is none.
    init(from request: Request) async throws {
        guard request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true else {
            throw Problem(.unsupportedMediaType, "no-form", "an order is sent as a form, or as JSON to /api")
        }
        let body = try await request.body.collect(upTo: ControlRoom.largestBody)
        func text(_ part: Substring) -> String {
            let spaced = String(part).replacing("+", with: " ")
            return spaced.removingPercentEncoding ?? spaced
        }
        let pairs = String(buffer: body).split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: text(halves[0]), value: halves.count > 1 ? text(halves[1]) : "")
        }
        self.init(pairs)
    }
}
