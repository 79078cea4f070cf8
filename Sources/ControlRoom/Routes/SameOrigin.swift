import Foundation
import Hummingbird

/// Refuses requests that a page of another site makes a browser send, and methods that a path does not have.
///
/// The host that is asked for must be this machine. What changes something must come from a page of this server, or from a program that is no browser.
struct SameOrigin: RouterMiddleware {
    let surroundings: Surroundings
    /// The address that the server listens on.
    let address: String

    func handle(
        _ request: Request, context: RoomContext,
        next: (Request, RoomContext) async throws -> Response
    ) async throws -> Response {
        guard let authority = request.head.authority,
            surroundings.answers(to: Self.host(authority), listeningOn: address)
        else {
            let host = Self.host(request.head.authority ?? "")
            throw Problem(
                .misdirectedRequest, "other-host",
                "this server does not answer to the name \(host.prefix(80).debugDescription); burette serve --name adds one"
            )
        }
        let allowed = APIRoutes.methods(at: request.uri.path)
        guard allowed.contains(request.method) else {
            throw Problem(
                .methodNotAllowed, "other-method", "this is for \(allowed.map(\.rawValue).joined(separator: ", "))")
        }
        let isReading = request.method != .post
        if !isReading, let stranger = Self.stranger(request, authority) {
            throw Problem(.forbidden, "other-origin", "a page of \(stranger) may not give orders here")
        }
        return try await next(request, context)
    }

    /// The site whose page makes a browser send a request; nil if it is this server's own, or no browser's.
    private static func stranger(_ request: Request, _ authority: String) -> String? {
        if let origin = request.headers[.origin] {
            let host = origin.split(separator: "/", maxSplits: 2).last.map(String.init) ?? origin
            return host == authority ? nil : origin
        }
        guard let site = request.headers[field: "Sec-Fetch-Site"] else { return nil }
        return ["same-origin", "none"].contains(site) ? nil : "another site"
    }

    /// An authority without its port.
    private static func host(_ authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }
}
