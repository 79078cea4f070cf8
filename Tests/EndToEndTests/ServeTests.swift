import Foundation
import Support
import Testing

/// `burette serve`, asked over HTTP as browsers and programs ask it.
@Suite("burette serve", .timeLimit(.minutes(5)))
struct ServeTests {
    @Test("shows a campaign while it runs, pauses, resumes and stops it, and says when an order holds")
    func steering() async throws {
        try await Workplace.with({ $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 5000") }) {
            place in
            let run = try Program(["run", place.file, "--speed", "5"], environment: place.local)
            defer { run.signal(SIGKILL) }
            let room = try await Room(place)
            defer { room.program.signal(SIGKILL) }
            #expect(await eventually { (try? await room.campaign(place.name)["measured"] as? Int ?? 0) ?? 0 > 1 })
            let page = try await room.get("/campaigns/\(place.name)")
            #expect(page.status == 200 && page.text.contains("branin = "))
            #expect(try await room.get("/").text.contains(place.name))

            let pause = try await room.post("/campaigns/\(place.name)/orders/pause", ["reason": "new bottle"])
            #expect(pause.status == 200 && pause.text.contains("The order"), "the redirect is followed")
            #expect(await eventually { (try? await room.campaign(place.name)["state"] as? String) == "paused" })
            #expect(try await room.get("/campaigns/\(place.name)").text.contains("new bottle"))
            for _ in 0..<2 {
                let again = try await room.curl(
                    "/api/campaigns/\(place.name)/orders", "-H", "Content-Type: application/json", "-H",
                    "Idempotency-Key: one",
                    "-d", #"{"order": "inject", "parameters": {"x0": 1, "x1": 2}, "values": {"branin": 3}}"#)
                #expect(again.contains("202") && again.contains("order-one"), "\(again)")
            }
            #expect(
                await eventually {
                    (try? await room.json("/api/campaigns/\(place.name)/observations?filter=manual")["count"] as? Int)
                        == 1
                })
            let resume = try await room.api("/api/campaigns/\(place.name)/orders", ["order": "resume"])
            #expect(resume.status == 202 && resume.text.contains("order-"))
            #expect(await eventually { (try? await room.campaign(place.name)["state"] as? String) == "running" })
            #expect(try await room.get("/campaigns/\(place.name)/orders/stop").text.contains("Stop the campaign?"))
            run.signal(SIGKILL)
            #expect(await eventually { (try? await room.get("/").text.contains("no planner is there")) == true })
            let next = try Program(["run", place.file, "--speed", "5"], environment: place.local)
            defer { next.signal(SIGKILL) }
            #expect(await eventually { (try? await room.get("/").text.contains("no planner is there")) == false })
            _ = try await room.post("/campaigns/\(place.name)/orders/stop", ["reason": "enough"])
            #expect(await eventually { !next.isRunning })
            #expect(await eventually { (try? await room.campaign(place.name)["state"] as? String) == "finished" })
        }
    }

    @Test("says beside the form what is wrong with a typed value, keeps what was typed, and escapes everything")
    func forms() async throws {
        try await Workplace.with { place in
            #expect(
                try await Program(["run", place.file, "--speed", "500"], environment: place.local).outcome().status == 0
            )
            let room = try await Room(place)
            defer { room.program.signal(SIGKILL) }
            let hostile = "\"'><script>alert(1)</script>"
            let form = ["p.x0": "99", "p.x1": "2,5", "v.branin": "1", "reason": hostile]
            let refused = try await room.post("/campaigns/\(place.name)/orders/inject", form)
            #expect(refused.status == 422 && refused.text.contains("x0"), "\(refused.text)")
            #expect(refused.text.contains("value=\"99\"") && refused.text.contains("value=\"2,5\""))
            #expect(!refused.text.contains("<script>alert") && refused.text.contains("&lt;script&gt;alert"))
            let taken = try await room.post(
                "/campaigns/\(place.name)/orders/inject", form.merging(["p.x0": "9"]) { $1 })
            #expect(taken.status == 200)
            #expect(await eventually { ((try? await room.campaign(place.name)["latest"]) != nil) })
            let page = try await room.get("/campaigns/\(place.name)?filter=2.5")
            #expect(!page.text.contains("<script>alert"))
            let unknown = try await room.api(
                "/api/campaigns/\(place.name)/orders", ["order": "exclude", "job": "4711"])
            #expect(unknown.status == 404 && unknown.text.contains("unknown-job"))
            let job = try await room.get("/campaigns/\(place.name)/jobs/best?replay=1")
            #expect(job.text.contains("the same, to the last bit") && job.text.contains("Predicted gain"))
        }
    }

    @Test("gives a table in parts, sorted and filtered, and events that go on where they stopped, also after a kill -9")
    func reading() async throws {
        try await Workplace.with { place in
            #expect(
                try await Program(["run", place.file, "--speed", "500"], environment: place.local).outcome().status == 0
            )
            let room = try await Room(place)
            let path = "/api/campaigns/\(place.name)"
            let sorted = try await room.json("\(path)/observations?sort=2&limit=5")
            let rows = try #require(sorted["rows"] as? [[String: Any]])
            let values = rows.compactMap { ($0["cells"] as? [String])?[2] }.compactMap(Double.init)
            #expect(values.count == 5 && values == values.sorted() && sorted["count"] as? Int == 20)
            let job = try #require(rows.first?["job"] as? String)
            #expect(try await room.json("\(path)/observations?filter=\(job)")["count"] as? Int == 1)
            let progress = try await room.json("\(path)/progress")
            #expect((progress["measured"] as? [Any])?.count == 20 && (progress["spans"] as? [Any])?.isEmpty == false)

            // Cleared and run again, the campaign is the new one.
            #expect(try await Program.run("clear", place.name, "--yes", environment: place.local).status == 0)
            #expect(await eventually { (try? await room.campaign(place.name)) == nil })
            let short = try await Program(["run", place.file, "--speed", "500"], environment: place.local).outcome()
            #expect(short.status == 0)
            #expect(await eventually { (try? await room.campaign(place.name)["measured"] as? Int) == 20 })

            let model = try await room.json("\(path)/model?x=x1&y=x0")
            #expect((model["importance"] as? [Any])?.count == 2 && (model["left_out"] as? [Any])?.count == 20)
            #expect((model["plane"] as? [String: Any])?["x"] as? String == "x1")
            #expect(try await room.get("/campaigns/\(place.name)/model").text.contains("Sobol indices"))

            let all = try await room.events("\(path)/events", until: "finished")
            #expect(all.map(\.number) == Array(1...all.count))
            room.program.signal(SIGKILL)
            let again = try await Room(place)
            defer { again.program.signal(SIGKILL) }
            let rest = try await again.events("\(path)/events?after=\(all.count - 3)", until: "finished")
            #expect(rest.map(\.text) == all.suffix(3).map(\.text))
        }
    }

    @Test(
        "shows and steers a campaign at a broker, says who is there, and lets people measure it",
        .enabled(if: TestBroker.uri != nil))
    func broker() async throws {
        try await Workplace.with { place in
            let plan = try Program(["plan", place.file], environment: place.environment)
            defer { plan.signal(SIGKILL) }
            let room = try await Room(place, "serve", place.name, "--listen", "0", environment: place.environment)
            defer { room.program.signal(SIGKILL) }
            #expect(await eventually { (try? await room.campaign(place.name)["state"] as? String) == "running" })
            #expect(await eventually { (try? await room.get("/").text.contains("no worker is connected")) == true })
            let path = "/api/campaigns/\(place.name)"
            var measured: [String] = []
            for _ in 0..<4 {
                let taken = try await room.api("\(path)/jobs/take", ["worker": "ann"])
                #expect(taken.status == 200, "\(taken.text)")
                let object = try JSONSerialization.jsonObject(with: Data(taken.text.utf8)) as? [String: Any]
                let job = try #require(object?["job"] as? String)
                let message = #"{"worker": "ann", "values": {"branin": "\#(measured.count),5"}}"#
                for _ in 0..<2 {
                    #expect(
                        try await room.send("\(path)/jobs/\(job)/result", Data(message.utf8), "application/json").status
                            == 200)
                }
                measured.append(job)
            }
            #expect(await eventually { (try? await room.campaign(place.name)["measured"] as? Int) == 4 })
            plan.signal(SIGKILL)
            #expect(await eventually { (try? await room.get("/").text.contains("no planner is there")) == true })
            let next = try Program(["plan", place.file], environment: place.environment)
            defer { next.signal(SIGKILL) }
            #expect(try await room.api("\(path)/orders", ["order": "stop"]).status == 202)
            #expect(await eventually { (try? await room.campaign(place.name)["state"] as? String) == "finished" })
            next.signal(SIGTERM)
            _ = try await next.outcome()
            let report = try await place.report()
            #expect(report["measured"] as? Int == 4 && report["duplicates"] as? Int == 0, "\(report)")
            #expect(report["measured_by"] as? [String: Int] == ["ann": 4])
        }
    }

    @Test(
        "finds the campaigns at a broker by itself, as they come and go", .enabled(if: TestBroker.management != nil))
    func discovery() async throws {
        try await Workplace.with { place in
            var environment = place.environment
            environment["BURETTE_MANAGEMENT"] = ProcessInfo.processInfo.environment["BURETTE_TEST_MANAGEMENT"]
            environment["BURETTE_DATA"] = "\(place.folder)/elsewhere"
            let room = try await Room(place, "serve", "--listen", "0", environment: environment)
            defer { room.program.signal(SIGKILL) }
            #expect((try? await room.campaign(place.name)) == nil)
            let plan = try Program(["plan", place.file], environment: place.environment)
            defer { plan.signal(SIGKILL) }
            #expect(
                await eventually(within: 15) { (try? await room.campaign(place.name)["state"] as? String) == "running" }
            )
            let taken = try await room.api("/api/campaigns/\(place.name)/jobs/take", ["worker": "ann"])
            #expect(taken.status == 200, "\(taken.text)")
        }
    }

    @Test("answers to this machine alone: no other address, no other name, no page of another site")
    func strangers() async throws {
        try await Workplace.with { place in
            let outside = try await Program.run("serve", "--listen", "0.0.0.0:0", environment: place.local)
            #expect(
                outside.status == 1 && outside.errors.contains("can be reached by other machines"), "\(outside.errors)")
            let room = try await Room(place)
            defer { room.program.signal(SIGKILL) }
            let named = try await room.curl("/", "-H", "Host: evil.example:80")
            #expect(named.contains("421") && named.contains("does not answer to the name"))
            let order = "/campaigns/\(place.name)/orders/stop"
            let forged = try await room.curl(order, "-H", "Origin: http://evil.example", "-d", "reason=x")
            #expect(forged.contains("403") && forged.contains("may not give orders here"))
            let own = try await room.curl(order, "-H", "Origin: \(room.address)", "-d", "reason=x")
            #expect(own.contains("404"), "there is no such campaign, and that is all that is wrong")
            let page = try await room.curl("/campaigns/..%2f..%2fetc")
            #expect(page.contains("404") && page.contains("default-src 'none'") && !page.contains("unsafe"))
            let large = try await room.curl(
                order, "-H", "Transfer-Encoding: chunked", "--data-binary", "@/dev/zero", "--max-time", "20")
            #expect(large.contains("413") || large.isEmpty)
            room.program.signal(SIGTERM)
            #expect(try await room.program.outcome().status == 130)
        }
    }
}
