import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import Monitoring
import NIOCore
import ServiceLifecycle
import ServiceRuntime

/// The control room: pages for people and an HTTP interface for programs, over what observers know of campaigns and what operators may order.
///
/// It has no state of its own: what it shows comes from ledgers and feeds, and an order is an event that the planner takes. Without accounts it answers
/// to this machine alone; with them everybody logs in.
public struct ControlRoom: Service {
    private let watchlist: Watchlist
    private let host: String
    private let port: Int
    private let logger: Logger
    private let responder: RouterResponder<RoomContext>
    private let bench: Bench
    private let server: HTTPServerBuilder
    private let listening: @Sendable (Int) async -> Void

    /// An address that it does not listen on.
    public struct Refused: Error, CustomStringConvertible {
        public let description: String
    }

    /// So many connections are open at once; further ones wait.
    private static let mostConnections = 4096
    /// Requests are at most so large, in bytes.
    static let largestBody = 1 << 20

    /// The room of the campaigns on `watchlist`, at a port of `host`; 0 is any free one, which `listening` is told. Charts are drawn by the Vega modules in
    /// `charts`, where there are any. Accounts are those of `directory`. Throws ``Refused`` for an address that other machines reach where there are none,
    /// or where their passwords would be seen on the way, and for a certificate that cannot be used.
    public init(
        _ watchlist: Watchlist, _ bench: Bench, directory: String, host: String, port: Int, charts: String,
        surroundings: Surroundings = Surroundings(), logger: Logger,
        dependencies: Dependencies = .real, listening: @escaping @Sendable (Int) async -> Void
    ) throws {
        try Self.check(host, surroundings, AccountFile(directory: directory))
        server = try Self.server(surroundings)
        (self.watchlist, self.bench, self.host) = (watchlist, bench, host)
        (self.port, self.logger, self.listening) = (port, logger, listening)
        let library = ChartLibrary(directory: charts)
        let gatekeeper = try Gatekeeper(
            directory: directory, isOpenWithoutAccounts: Surroundings.isLoopback(host) && surroundings.proxies.isEmpty,
            dependencies: dependencies, logger: logger)
        let templates = try Templates()
        let models = ModelCache(dependencies)
        let pages = PageRoutes(
            watchlist: watchlist, directory: directory, templates: templates, charts: library,
            models: models, dependencies: dependencies)
        let router = Router(context: RoomContext.self, options: .autoGenerateHeadEndpoints)
        router.middlewares.add(SafeAnswers())
        router.middlewares.add(Problems(templates: templates, charts: library, logger: logger))
        router.middlewares.add(SameOrigin(surroundings: surroundings, address: host))
        router.middlewares.add(Admission(gatekeeper: gatekeeper, surroundings: surroundings))
        let doors = Doors(router)
        let store = AttachmentStore(data: directory, largest: surroundings.largestAttachment)
        LoginRoutes(gatekeeper: gatekeeper, templates: templates, charts: library).add(to: doors)
        AssetRoutes(charts: library).add(to: doors)
        pages.add(to: doors)
        APIRoutes(
            watchlist: watchlist, models: models, progress: ProgressCache(dependencies), dependencies: dependencies
        ).add(to: doors)
        BenchRoutes(watchlist: watchlist, templates: templates, bench: bench, charts: library, attachments: store).add(
            to: doors)
        CapacityRoutes(watchlist: watchlist, templates: templates, charts: library).add(to: doors)
        DownloadRoutes(watchlist: watchlist, charts: library, dependencies: dependencies).add(to: doors)
        JobRoutes(watchlist: watchlist, bench: bench, attachments: store).add(to: doors)
        AttachmentRoutes(watchlist: watchlist, store: store).add(to: doors)
        responder = router.buildResponder()
    }

    public func run() async throws {
        do {
            // Open pages would hold it up: it lets go of them at once.
            try await cancelWhenGracefulShutdown { try await serve() }
        } catch is CancellationError where Task.isShuttingDownGracefully {
            return
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw Refused(
                description: "another program listens on port \(port) of \(host) already: choose another with --listen")
        }
    }

    private func serve() async throws {
        let (watchlist, bench, listening) = (watchlist, bench, listening)
        // What the library says of a connection that is let go of nobody wants to read; errors of requests are logged where they are answered.
        var quiet = logger
        quiet.logLevel = .critical
        let application = Application(
            responder: responder, server: server,
            configuration: .init(
                address: .hostname(host, port: port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections)),
            onServerRunning: { channel in await listening(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watchlist.follow() }
            group.addTask {
                // What a server that was killed had confirmed, and late results that found no broker.
                while !Task.isCancelled {
                    var isEmpty = true
                    for campaign in await watchlist.campaigns() {
                        if await !bench.deliverLeftovers(of: campaign.name) { isEmpty = false }
                    }
                    try await Task.sleep(for: .seconds(isEmpty ? 10 : 1))
                }
            }
            group.addTask { try await application.run() }
            try await group.next()
            group.cancelAll()
        }
    }
}
