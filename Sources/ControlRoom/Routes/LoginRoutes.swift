import Hummingbird

/// Logging in and out.
struct LoginRoutes: Sendable {
    let gatekeeper: Gatekeeper
    let templates: Templates
    let charts: ChartLibrary

    func add(to doors: Doors) {
        doors.everybody.get("/login") { request, context -> Response in
            guard context.visitor == nil else { return .redirect(to: "/", type: .normal) }
            let page = LoginPage(
                name: "", next: Self.ownPath(request.query("next")), problem: nil, context.reader(charts))
            return try templates.page("login", page)
        }
        doors.everybody.post("/login") { request, context in
            let form = try await OrderForm(from: request)
            let next = Self.ownPath(form.next)
            do {
                let cookie = try await gatekeeper.logIn(form.person, password: form.password, from: context.address)
                var response = Response.redirect(to: next, type: .normal)
                response.setCookie(Self.cookie(cookie.text, seconds: Int(Sessions.lifetime), context))
                return response
            } catch let problem as Problem {
                let page = LoginPage(name: form.person, next: next, problem: problem.message, context.reader(charts))
                var response = try templates.page("login", page, status: problem.status)
                response.headers[field: "Retry-After"] = problem.retryAfter.map(String.init)
                return response
            }
        }
        doors.everybody.post("/logout") { request, context in
            if let cookie = request.cookies[Admission.cookie(isEncrypted: context.isEncrypted)]?.value {
                try await gatekeeper.logOut(cookie)
            }
            var response = Response.redirect(to: "/login", type: .normal)
            response.setCookie(Self.cookie("", seconds: 0, context))
            return response
        }
    }

    private static func cookie(_ value: String, seconds: Int, _ context: RoomContext) -> Cookie {
        Cookie(
            name: Admission.cookie(isEncrypted: context.isEncrypted), value: value, maxAge: seconds, path: "/",
            secure: context.isEncrypted, httpOnly: true, sameSite: .lax)
    }

    /// A path of this server; the first page instead of anything else, so that nobody is sent elsewhere after logging in.
    static func ownPath(_ text: String?) -> String {
        guard let text, text.wholeMatch(of: /\/([A-Za-z0-9._~%?=&+-][A-Za-z0-9._~%?=&+\/-]*)?/) != nil else {
            return "/"
        }
        return text
    }
}
