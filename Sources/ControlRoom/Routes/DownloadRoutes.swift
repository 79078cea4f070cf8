import Campaigns
import Hummingbird
import Monitoring
import ServiceRuntime

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
        var response = Response(
            status: .ok, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: content)))
        // It is kept, not shown: the room's own policy would stop the report's scripts.
        response.headers[field: "Content-Disposition"] = "attachment; filename=\"\(name)\""
        return response
    }
}
