import Hummingbird

/// What more workers would bring: a page that begins the study, shows how far it is, and then what came out.
struct CapacityRoutes: Sendable {
    let watchlist: Watchlist
    let templates: Templates
    let charts: ChartLibrary
    private let desk = CapacityDesk()

    init(watchlist: Watchlist, templates: Templates, charts: ChartLibrary) {
        (self.watchlist, self.templates, self.charts) = (watchlist, templates, charts)
    }

    func add(to doors: Doors) {
        doors.viewers.get("/campaigns/:name/capacity") { _, context in
            let history = try await watchlist.history(in: context)
            let page = CapacityPage(history.campaign, await desk.standing(of: history), context.reader(charts))
            return try templates.page("capacity", page)
        }
        doors.bench.post("/campaigns/:name/capacity") { _, context -> Response in
            let history = try await watchlist.history(in: context)
            await desk.begin(history)
            return .redirect(to: "/campaigns/\(history.campaign.name)/capacity", type: .normal)
        }
    }
}
