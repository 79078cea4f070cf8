import Campaigns
import Hummingbird
import Monitoring
import ServiceRuntime
import Spreadsheets

/// What can be taken along: the observations as tables, and the report.
struct DownloadRoutes: Sendable {
    let watchlist: Watchlist
    let charts: ChartLibrary
    let dependencies: Dependencies

    func add(to doors: Doors) {
        let campaign = doors.viewers.group("/campaigns/:name")
        campaign.get("observations.csv") { _, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            return Self.file(
                "\(snapshot.name).csv", "text/csv; charset=utf-8", ObservationExport(snapshot.state).csv())
        }
        campaign.get("observations.jsonl") { _, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            let lines = try ObservationExport(snapshot.state).jsonLines()
            return Self.file("\(snapshot.name).jsonl", "application/jsonl", lines.map { $0 + "\n" }.joined())
        }
        campaign.get("queue.csv") { _, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            let sheet = Board(snapshot.state, now: dependencies.now()).queueSheet
            return Self.file("\(snapshot.name)-queue.csv", "text/csv; charset=utf-8", sheet.csv())
        }
        campaign.get("pending.csv") { _, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            let sheet = Board(snapshot.state, now: dependencies.now()).pendingSheet
            return Self.file("\(snapshot.name)-pending.csv", "text/csv; charset=utf-8", sheet.csv())
        }
        campaign.get("board.xlsx") { _, context in
            let snapshot = try await watchlist.campaign(in: context).snapshot()
            let now = dependencies.now()
            let bytes = try await dependencies.offloading.run {
                try Workbook.bytes(Board(snapshot.state, now: now).sheets)
            }
            return Self.file(
                "\(snapshot.name).xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                ByteBuffer(bytes: bytes))
        }
        campaign.get("report.html") { _, context in
            let history = try await watchlist.history(in: context)
            let (directory, now) = (charts.directory, dependencies.now())
            let html = try await dependencies.offloading.run {
                try StandaloneReport(of: history, charts: directory, now: now).html()
            }
            return Self.file("\(history.campaign.name).html", "text/html; charset=utf-8", html)
        }
    }

    private static func file(_ name: String, _ type: String, _ content: String) -> Response {
        file(name, type, ByteBuffer(string: content))
    }

    private static func file(_ name: String, _ type: String, _ content: ByteBuffer) -> Response {
        var response = Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: content))
        // It is kept, not shown: the room's own policy would stop the report's scripts.
        response.headers[field: "Content-Disposition"] = "attachment; filename=\"\(name)\""
        return response
    }
}
