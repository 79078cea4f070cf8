import Campaigns
import Foundation
import Hummingbird
import Logging
import Monitoring
import WorkerService

/// Why a request is not answered as it wished: a status, one word for programs, and a sentence for people.
struct Problem: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    /// What is wrong with which value, where one is meant.
    var details: Refusal.Details?
    /// Seconds after which the same request has a chance.
    var retryAfter: Int?

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String, details: Refusal.Details? = nil) {
        (self.status, self.code, self.message, self.details) = (status, code, message, details)
    }

    /// What an error of the product means to who asked.
    init(_ error: any Error) {
        switch error {
        case let error as Problem: self = error
        case let error as any HTTPResponseError:
            self.init(
                error.status, "http", error.status == .notFound ? "there is no such page" : error.status.reasonPhrase)
        case let error as CampaignState.NoSuchJob: self.init(.notFound, error.code, "\(error)")
        case let error as WrongData:
            self.init(.unprocessableContent, error.code, error.description, details: error.refusal?.details)
        case Desk.Problem.refused(let refusal):
            self.init(.unprocessableContent, refusal.code, "\(refusal)", details: refusal.details)
        case let error as Desk.Problem: self.init(.conflict, "job-gone", "\(error)")
        case let error as any CodedError: self.init(.conflict, error.code, "\(error)")
        default: self.init(.internalServerError, "failed", "\(error)")
        }
    }

    /// As the HTTP interface tells it: `{"error": {"code": ..., "message": ...}}`.
    struct Body: Encodable {
        struct Content: Encodable {
            let code: String
            let message: String
            let details: Refusal.Details?
        }
        let error: Content
    }

    var body: Body { Body(error: .init(code: code, message: message, details: details)) }
}

/// Answers with a page, or as JSON under /api, where something fails.
struct Problems: RouterMiddleware {
    let templates: Templates
    let charts: ChartLibrary
    let logger: Logger

    private struct Page: Sendable {
        let frame: Frame
        let t = Texts.english
        let status: String
        let message: String
    }

    func handle(
        _ request: Request, context: RoomContext,
        next: (Request, RoomContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(error)
            if problem.status.kind == .serverError {
                logger.error("\(request.method) \(request.uri.path): \(error)")
            }
            if request.uri.path.hasPrefix("/api/") {
                var response = try APIRoutes.json(problem.body, status: problem.status)
                response.headers[field: "Retry-After"] = problem.retryAfter.map(String.init)
                if problem.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
                if problem.status == .methodNotAllowed {
                    response.headers[.allow] = APIRoutes.methods(at: request.uri.path).map(\.rawValue)
                        .joined(separator: ", ")
                }
                return response
            }
            if problem.code == "log-in" {
                let next = request.method == .get ? request.uri.string : "/"
                let query = next.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                return .redirect(to: "/login?next=\(query)", type: .normal)
            }
            let page = Page(
                frame: Frame(title: problem.status.reasonPhrase, reader: context.reader(charts)),
                status: "\(problem.status.code)",
                message: problem.message)
            return try templates.page("problem", page, status: problem.status)
        }
    }
}
