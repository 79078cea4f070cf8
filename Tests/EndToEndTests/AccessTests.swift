import Foundation
import Support
import Testing

/// Who may use the control room: users, roles, passwords, tokens, TLS.
@Suite("Access to the control room", .timeLimit(.minutes(5)))
struct AccessTests {
    private static let password = "correct horse battery"

    @Test("with users, everybody logs in and does what the role may, and a change of a user counts at once")
    func roles() async throws {
        try await Workplace.with { place in
            #expect(
                try await Program(["run", place.file, "--speed", "500"], environment: place.local).outcome().status == 0
            )
            let room = try await Room(place)
            defer { room.program.signal(SIGKILL) }
            try await add("vera", "viewer", place)
            try await add("ben", "bench", place)
            try await add("olga", "operator", place)
            let page = "/campaigns/\(place.name)"
            let stranger = try await room.curl("\(page)?filter=2")
            #expect(stranger.contains("303") && stranger.contains("/login?next=%2Fcampaigns%2F"))
            #expect(try await room.curl("/api/campaigns").contains("401"))
            #expect(try await room.curl("\(page)/orders/stop", "-d", "reason=x").contains("303"))

            let vera = try await cookie(of: "vera", at: room)
            let seen = try await room.curl(page, "-b", vera)
            #expect(seen.contains("200 OK") && seen.contains("vera, viewer") && !seen.contains("orders/inject"))
            #expect(try await room.curl("\(page)/orders/inject", "-b", vera).contains("403"))
            #expect(try await room.curl("\(page)/orders/stop", "-b", vera, "-d", "reason=x").contains("403"))
            #expect(try await room.curl("\(page)/bench", "-b", vera).contains("403"))
            #expect(try await room.curl("\(page)/bench", "-b", try await cookie(of: "ben", at: room)).contains("200"))

            let order = #"{"order": "exclude", "job": "best", "reason": "a bubble"}"#
            let olga = try await cookie(of: "olga", at: room)
            let orders = "/api/campaigns/\(place.name)/orders"
            let given = try await room.curl(orders, "-b", olga, "-H", "Content-Type: application/json", "-d", order)
            #expect(given.contains("202") || given.contains("finished"), "\(given)")

            try await change(["vera", "--role", "operator"], place)
            #expect(try await room.curl("\(page)/orders/inject", "-b", vera).contains("200"))
            try await change(["olga", "--password"], place, typed: "another password\n")
            #expect(try await room.curl(page, "-b", olga).contains("303"), "another password ends sessions")
            let stream = try Program(
                ["-sN", "-b", vera, "\(room.address)/api/campaigns/\(place.name)/events"], program: "/usr/bin/curl")
            defer { stream.signal(SIGKILL) }
            #expect(await eventually { stream.shown.contains("finished") })
            #expect(try await Program.run("user", "remove", "vera", environment: place.local).status == 0)
            let comment = ["comment", place.name, "best", "not for vera"]
            #expect(try await Program(comment, environment: place.local).outcome().status == 0)
            #expect(await eventually { !stream.isRunning }, "an open stream ends")
            #expect(!stream.shown.contains("not for vera"))
            #expect(try await room.curl(page, "-b", vera).contains("303"))
        }
    }

    @Test("a session outlives the server and ends with logging out; nobody is sent to another site")
    func sessions() async throws {
        try await Workplace.with { place in
            try await add("ann", "operator", place)
            var room = try await Room(place)
            let session = try await cookie(of: "ann", at: room)
            for next in ["//evil.example/", "https://evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b"] {
                let answer = try await room.curl(
                    "/login", "--data-urlencode", "person=ann", "--data-urlencode", "password=\(Self.password)",
                    "--data-urlencode", "next=\(next)")
                #expect(answer.lowercased().contains("location: /\r\n") && !answer.contains("evil"), "\(answer)")
            }
            let kept = try String(contentsOfFile: "\(place.folder)/data/sessions.json", encoding: .utf8)
            #expect(!kept.contains(session.split(separator: "=").last ?? ""), "only hashes are kept")
            room.program.signal(SIGKILL)
            room = try await Room(place)
            defer { room.program.signal(SIGKILL) }
            #expect(try await room.curl("/", "-b", session).contains("ann, operator"))
            let forged = try await room.curl("/logout", "-b", session, "-H", "Origin: http://evil.example", "-d", "")
            #expect(forged.contains("403"))
            #expect(try await room.curl("/logout", "-b", session, "-d", "").contains("303"))
            #expect(try await room.curl("/", "-b", session).contains("303"))
        }
    }

    @Test("a token acts for its user until it is revoked, and measures under that name alone")
    func tokens() async throws {
        try await Workplace.with { place in
            #expect(
                try await Program(["run", place.file, "--speed", "500"], environment: place.local).outcome().status == 0
            )
            try await add("ann", "bench", place)
            let room = try await Room(place, "serve", "--listen", "0", environment: place.local)
            defer { room.program.signal(SIGKILL) }
            let more = try await Program.run("user", "token", "ann", "--role", "operator", environment: place.local)
            #expect(more.status == 1 && more.errors.contains("no token of theirs can be operator"))
            let token = try await Program.run("user", "token", "ann", "--label", "gauge", environment: place.local)
            let bearer = "Authorization: Bearer \(token.output.trimmingCharacters(in: .newlines))"
            #expect(
                await eventually { (try? await room.curl("/api/campaigns", "-H", bearer).contains(place.name)) == true }
            )
            #expect(try await room.curl("/api/campaigns", "-H", bearer + "x").contains("401"))
            let take = "/api/campaigns/\(place.name)/jobs/take"
            let json = "Content-Type: application/json"
            let other = try await room.curl(take, "-H", bearer, "-H", json, "-d", #"{"worker": "bob"}"#)
            #expect(other.contains("403") && other.contains("not as"))
            let own = try await room.curl(take, "-H", bearer, "-H", json, "-d", #"{"worker": "ann-2", "wait": 0}"#)
            #expect(!own.contains("403"), "\(own)")
            let orders = "/api/campaigns/\(place.name)/orders"
            let order = try await room.curl(orders, "-H", bearer, "-H", json, "-d", #"{"order": "stop"}"#)
            #expect(order.contains("403") && order.contains("for those who are operator"))
            let list = try await Program.run("user", "list", environment: place.local).output
            let id = try #require(list.split(separator: " ").drop { $0 != "token" }.dropFirst().first)
            #expect(list.contains("gauge") && !token.output.contains(id))
            _ = try await Program.run("user", "revoke", "ann", String(id), environment: place.local)
            #expect(try await room.curl("/api/campaigns", "-H", bearer).contains("401"))
        }
    }

    @Test("guesses have to wait after ten wrong ones, and say neither which name nor which password was wrong")
    func guesses() async throws {
        try await Workplace.with { place in
            try await add("ann", "operator", place)
            let room = try await Room(place)
            defer { room.program.signal(SIGKILL) }
            for guess in 0..<10 {
                let name = guess.isMultiple(of: 2) ? "ann" : "nobody"
                let answer = try await room.curl("/login", "-d", "person=\(name)&password=guess-\(guess)")
                #expect(answer.contains("401") && answer.contains("do not belong together"), "\(answer)")
            }
            // Eleven failures at the address make a pause of two seconds and more; the right password has to wait, too.
            _ = try await room.curl("/login", "-d", "person=ann&password=guess-10")
            var waits: [Int] = []
            for _ in 0..<3 {
                let answer = try await room.curl("/login", "-d", "person=ann&password=guess")
                guard answer.contains("429") else { continue }
                let seconds = answer.components(separatedBy: "Retry-After: ").last.flatMap {
                    Int($0.prefix { $0.isNumber })
                }
                waits.append(seconds ?? 0)
            }
            #expect(!waits.isEmpty && waits.allSatisfy { $0 >= 1 }, "\(waits)")
            #expect(room.program.saidSoFar.contains("a login as \"ann\" from 127.0.0.1 failed"))
        }
    }

    @Test("other machines reach it with users over TLS alone, unless the network is said to be trusted")
    func encryption() async throws {
        try await Workplace.with { place in
            let everywhere = ["serve", "--listen", "0.0.0.0:0"]
            let none = try await Program(everywhere, environment: place.local).outcome()
            #expect(none.status == 1 && none.errors.contains("burette user add NAME --role operator"), "\(none.errors)")
            try await add("ann", "operator", place)
            let plain = try await Program(everywhere, environment: place.local).outcome()
            #expect(plain.status == 1 && plain.errors.contains("--certificate and --key"), "\(plain.errors)")
            let (certificate, key) = ("\(place.folder)/cert.pem", "\(place.folder)/key.pem")
            let made = try await Program(
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
                    + ["-subj", "/CN=localhost", "-out", certificate, "-keyout", key], program: "/usr/bin/openssl"
            ).outcome()
            #expect(made.status == 0, "\(made.errors)")
            let wrong = try await Program(
                everywhere + ["--certificate", place.file, "--key", key], environment: place.local
            ).outcome()
            #expect(wrong.status == 1 && wrong.errors.contains("cannot be used"), "\(wrong.errors)")
            let room = try await Room(
                place, "serve", "--listen", "127.0.0.1:0", "--certificate", certificate, "--key", key,
                environment: place.local)
            defer { room.program.signal(SIGKILL) }
            #expect(room.address.hasPrefix("https://127.0.0.1:"))
            let answer = try await room.curl("/login", "-k", "-d", "person=ann&password=\(Self.password)")
            let cookie = answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("set-cookie:") } ?? ""
            for part in ["__Host-burette-session=", "Secure", "HttpOnly", "SameSite=Lax"] {
                #expect(cookie.contains(part), "\(answer)")
            }
        }
    }

    @Test("behind a proxy it believes the proxy alone where a request comes from, and lets nobody in without users")
    func proxies() async throws {
        try await Workplace.with { place in
            let open = try await Room(place)
            #expect(try await open.curl("/", "-H", "X-Forwarded-For: 10.1.2.3").contains("there are no users"))
            open.program.signal(SIGKILL)
            try await add("ann", "operator", place)
            let room = try await Room(
                place, "serve", "--listen", "0", "--proxy", "127.0.0.1", "--name", "room.lab.example",
                environment: place.local)
            defer { room.program.signal(SIGKILL) }
            let guess = try await room.curl(
                "/login", "-H", "Host: room.lab.example", "-H", "X-Forwarded-For: 6.6.6.6, 10.1.2.3", "-H",
                "X-Forwarded-Proto: https", "-d", "person=ann&password=guess")
            #expect(guess.contains("401"))
            #expect(room.program.saidSoFar.contains("from 10.1.2.3 failed"), "\(room.program.saidSoFar)")
            #expect(try await room.curl("/", "-H", "Host: other.example").contains("421"))
        }
    }

    @Test("says what is wrong with a user, and refuses a file that others can read")
    func mistakes() async throws {
        try await Workplace.with { place in
            let short = try await user(["add", "ann", "--role", "viewer"], place, typed: "short\n")
            #expect(short.status == 1 && short.errors.contains("10 characters at least"), "\(short.errors)")
            let name = try await user(["add", "../ann", "--role", "viewer"], place, typed: Self.password + "\n")
            #expect(name.status == 1 && name.errors.contains("cannot be a user's name"), "\(name.errors)")
            try await add("ann", "viewer", place)
            let twice = try await user(["add", "ann", "--role", "viewer"], place, typed: Self.password + "\n")
            #expect(twice.status == 1 && twice.errors.contains("already"), "\(twice.errors)")
            let unknown = try await Program.run("user", "remove", "bob", environment: place.local)
            #expect(unknown.status == 1 && unknown.errors.contains("no user bob"), "\(unknown.errors)")
            let path = "\(place.folder)/data/users.json"
            #expect(try !String(contentsOfFile: path, encoding: .utf8).contains(Self.password))
            chmod(path, 0o644)
            let open = try await Program(["serve", "--listen", "0"], environment: place.local).outcome()
            #expect(open.status == 1 && open.errors.contains("chmod 600"), "\(open.errors)")
        }
    }

    private func user(_ arguments: [String], _ place: Workplace, typed: String) async throws -> Program.Outcome {
        let program = try Program(["user"] + arguments, environment: place.local, listens: true)
        try program.type(typed)
        return try await program.outcome()
    }

    private func add(_ name: String, _ role: String, _ place: Workplace) async throws {
        let outcome = try await user(["add", name, "--role", role], place, typed: Self.password + "\n")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private func change(_ arguments: [String], _ place: Workplace, typed: String = "") async throws {
        let outcome = try await user(["change"] + arguments, place, typed: typed)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// The cookie of a new session.
    private func cookie(of name: String, at room: Room) async throws -> String {
        let answer = try await room.curl("/login", "-d", "person=\(name)&password=\(Self.password)")
        let line = answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("set-cookie:") } ?? ""
        return String(line.dropFirst("set-cookie: ".count).prefix { $0 != ";" })
    }
}
