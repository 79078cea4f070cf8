import Hummingbird

/// Headers that keep a browser from doing what the pages do not need: scripts and styles are this server's own, nobody frames a page, and
/// nothing is guessed.
struct SafeAnswers: RouterMiddleware {
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "font-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func handle(
        _ request: Request, context: RoomContext,
        next: (Request, RoomContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[field: "Referrer-Policy"] = "same-origin"
        response.headers[field: "Cross-Origin-Opener-Policy"] = "same-origin"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }
}
