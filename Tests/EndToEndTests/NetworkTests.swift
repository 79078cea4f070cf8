import AMQP
import Campaigns
import Foundation
import ServiceRuntime
import Support
import Testing

@testable import Brokers

/// Programs behind a network that is slow, or swallows everything.
@Suite(
    "Behind a bad network", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(5)))
struct NetworkTests {
    /// What a proxy does beside passing a connection on.
    private enum Proxy: String {
        /// Nothing.
        case quick
        /// Once a delivery of a stream has begun to arrive, what the broker sends comes in pieces, half a second apart.
        case slow
        /// Once a stream is read from its first event, no delivery arrives any more; heartbeats do.
        case mute
    }

    /// Once `hole` is there, nothing comes in any direction.
    private static let proxy = """
        import os, socket, sys, threading, time
        target, hole, kind = ("127.0.0.1", int(sys.argv[1])), sys.argv[2], sys.argv[3]
        fromFirst = threading.Event()
        def pump(source, sink, isAnswer):
            pieces, rest = 0, b""
            while data := source.recv(65536):
                while os.path.exists(hole): time.sleep(0.05)
                if not isAnswer and b"\\x05first" in data: fromFirst.set()
                if isAnswer and kind == "mute":
                    rest, data = rest + data, b""
                    while len(rest) >= 7 and len(rest) >= 8 + (size := int.from_bytes(rest[3:7], "big")):
                        frame, rest = rest[:8 + size], rest[8 + size:]
                        isDelivery = frame[0] in (2, 3) or frame[0] == 1 and frame[7:11] == bytes([0, 60, 0, 60])
                        if not (fromFirst.is_set() and isDelivery): data += frame
                    if not data: continue
                begin = data.find(b"x-stream-offset") if isAnswer and kind == "slow" and pieces < 6 else -1
                if begin < 0:
                    sink.sendall(data)
                    continue
                for part in (data[:begin + 40], data[begin + 40:begin + 900], data[begin + 900:]):
                    if part:
                        sink.sendall(part)
                        time.sleep(0.5)
                        pieces += 1
            sink.close()
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(target)
            threading.Thread(target=pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=pump, args=(server, client, True), daemon=True).start()
        """

    private func withProxy(
        _ kind: Proxy, _ place: Workplace,
        _ body: (_ environment: [String: String], _ hole: String) async throws -> Void
    ) async throws {
        let uri = try #require(TestBroker.uri)
        let port = try #require(URLComponents(string: uri)?.port)
        let hole = "\(place.folder)/hole"
        let proxy = try Program(["-c", Self.proxy, "\(port)", hole, kind.rawValue], program: "/usr/bin/python3")
        defer { proxy.signal(SIGKILL) }
        #expect(await eventually(within: 10) { proxy.shown.contains("\n") })
        var environment = place.environment
        let own = proxy.shown.trimmingCharacters(in: .whitespacesAndNewlines)
        environment["BURETTE_BROKER"] = uri.replacingOccurrences(of: ":\(port)", with: ":\(own)")
        try await body(environment, hole)
    }

    @Test("an export has every observation, however slowly the broker sends the feed")
    func slowFeed() async throws {
        try await Workplace.with { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            let worker = try Program(
                ["work", place.name, "--surface", "branin"], environment: place.environment)
            #expect(try await planner.outcome().status == 0)
            worker.signal(SIGTERM)
            try await withProxy(.slow, place) { environment, _ in
                let exported = try await Program.run("export", place.name, environment: environment)
                #expect(exported.status == 0, "\(exported.errors)")
                #expect(exported.output.split(separator: "\n").count == 21)
            }
            _ = try await Program.run("clear", place.name, "--yes", environment: place.environment)
        }
    }

    @Test("a feed of which the broker sends nothing more is no shorter feed: whoever reads it is told how far it came")
    func muteFeed() async throws {
        try await Workplace.with { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            #expect(try await eventually(within: 30) { try await !place.report().isEmpty })
            planner.signal(SIGTERM)
            _ = try await planner.outcome()
            try await withProxy(.mute, place) { environment, _ in
                let uri = try #require(environment["BURETTE_BROKER"])
                let connection = try await Connection.open(Endpoint(uri: uri), name: "mute")
                let reader = FeedReader(
                    connection: connection, campaign: try CampaignName(place.name), patience: .seconds(1))
                let error = await #expect(throws: BrokerError.self) { try await reader.readToEnd() }
                #expect(
                    "\(error.map { "\($0)" } ?? "")".contains("after 0 events the broker sent nothing for 1.0 seconds"))
                await connection.close()
            }
            _ = try await Program.run("clear", place.name, "--yes", environment: place.environment)
        }
    }

    @Test("a worker is healthy while its broker answers, and says why when it does not, and is healthy again")
    func health() async throws {
        try await Workplace.with { place in
            let file = "\(place.folder)/health"
            let none = try await Program.run("health", environment: ["BURETTE_HEALTH": file])
            #expect(none.status == 1 && none.errors.contains("no planner or worker"), "\(none.errors)")
            let planner = try Program(["plan", place.file], environment: place.environment)
            #expect(try await eventually(within: 30) { try await !place.report().isEmpty })
            try await withProxy(.quick, place) { environment, hole in
                var environment = environment.merging(["BURETTE_HEALTH": file]) { $1 }
                environment["BURETTE_BROKER"]? += "?heartbeat=1"
                let worker = try Program(
                    ["work", place.name, "--surface", "branin", "--duration", "1", "--name", "w"],
                    environment: environment)
                func health() throws -> [String] {
                    try HealthReport(path: file).problems(now: Date().timeIntervalSince1970)
                }
                // Before it has reached the broker once, a worker ends where it cannot.
                #expect(await eventually(within: 30) { worker.saidSoFar.contains("working on") })
                #expect(await eventually(within: 30) { (try? health()) == [] })
                try Data().write(to: URL(fileURLWithPath: hole))
                #expect(await eventually(within: 30) { (try? health().first?.hasPrefix("w: ")) == true })
                let sick = try await Program.run("health", file)
                #expect(sick.status == 1 && sick.errors.contains("w: "), "\(sick.errors)")
                try FileManager.default.removeItem(atPath: hole)
                #expect(await eventually(within: 30) { (try? health()) == [] })
                #expect(try await Program.run("health", file).output == "healthy\n")
                worker.signal(SIGKILL)
                _ = try await worker.outcome()
            }
            planner.signal(SIGTERM)
            _ = try await planner.outcome()
            _ = try await Program.run("clear", place.name, "--yes", environment: place.environment)
        }
    }

    @Test("a second Ctrl-C ends a worker whose broker takes nothing any more")
    func secondSignal() async throws {
        try await Workplace.with { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            try await withProxy(.quick, place) { environment, hole in
                let mark = "\(place.folder)/measured"
                let worker = try Program(
                    ["work", place.name, "--exec", "sleep 1; touch \(mark); echo '{\"branin\": 1}'"],
                    environment: environment)
                #expect(await eventually(within: 30) { FileManager.default.fileExists(atPath: mark) })
                try Data().write(to: URL(fileURLWithPath: hole))
                // The result waits for a confirm that does not come.
                try await Task.sleep(for: .milliseconds(500))
                worker.signal(SIGINT)
                #expect(await eventually(within: 10) { worker.saidSoFar.contains("Finishing") })
                #expect(worker.isRunning)
                worker.signal(SIGINT)
                // Without that end it would wait for its heartbeats, a minute.
                let outcome = try await worker.outcome(within: 5)
                #expect(outcome.status == 130, "\(outcome.errors)")
            }
            planner.signal(SIGKILL)
            _ = try await planner.outcome()
            _ = try await Program.run("clear", place.name, "--yes", environment: place.environment)
        }
    }
}
