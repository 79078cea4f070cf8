import Hummingbird
import NIOCore

/// Finds out who sends a request, and from where.
struct Admission: RouterMiddleware {
    let gatekeeper: Gatekeeper
    let surroundings: Surroundings

    /// The cookie of a session. Over TLS its name binds it to this host and keeps it from unencrypted requests.
    static func cookie(isEncrypted: Bool) -> String { isEncrypted ? "__Host-burette-session" : "burette-session" }

    func handle(
        _ request: Request, context: RoomContext, next: (Request, RoomContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.isEncrypted = surroundings.certificate != nil
        if surroundings.proxies.contains(context.peer) {
            // The last one was written by the proxy itself; those before it by whoever was there.
            let forwarded = request.headers[field: "X-Forwarded-For"]?.split(separator: ",").last
            let address = forwarded.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
            context.address = (try? SocketAddress(ipAddress: address, port: 0))?.ipAddress ?? context.peer
            context.isEncrypted = request.headers[field: "X-Forwarded-Proto"] == "https" || context.isEncrypted
        }
        let bearer = request.headers[.authorization].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        let cookie = request.cookies[Self.cookie(isEncrypted: context.isEncrypted)]?.value
        context.visitor = try await gatekeeper.visitor(token: bearer, cookie: cookie)
        context.visitorNow = { [gatekeeper] in try? await gatekeeper.visitor(token: bearer, cookie: cookie) }
        let isForwarded = ["X-Forwarded-For", "Forwarded", "Via"].contains { request.headers[field: $0] != nil }
        if let visitor = context.visitor, visitor.name == nil, isForwarded {
            throw Problem(
                .forbidden, "no-users",
                "this came through a proxy, and there are no users: burette user add NAME --role operator")
        }
        return try await next(request, context)
    }
}

/// Lets those in who have a role.
struct Requires: RouterMiddleware {
    let role: Role

    func handle(
        _ request: Request, context: RoomContext, next: (Request, RoomContext) async throws -> Response
    ) async throws -> Response {
        try context.require(role)
        return try await next(request, context)
    }
}

extension RoomContext {
    /// Throws ``Problem`` where the request comes from nobody who has a role.
    func require(_ role: Role) throws {
        guard let visitor else {
            throw Problem(.unauthorized, "log-in", "log in, or send a token: Authorization: Bearer burette_...")
        }
        guard visitor.role >= role else {
            throw Problem(
                .forbidden, "role",
                "\(visitor.name ?? "") is \(visitor.role.rawValue), and this is for those who are \(role.rawValue)")
        }
    }
}

/// The routes of the room by who may take them.
struct Doors {
    /// For everybody, strangers as well.
    let everybody: RouterGroup<RoomContext>
    let viewers: RouterGroup<RoomContext>
    /// Orders are among them: each says itself who may give it.
    let bench: RouterGroup<RoomContext>

    init(_ router: Router<RoomContext>) {
        everybody = router.group()
        viewers = router.group().add(middleware: Requires(role: .viewer))
        bench = router.group().add(middleware: Requires(role: .bench))
    }
}
