import Foundation
import Support
import Testing

/// What people see, and can do, when workers die, brokers are short of room, and measurements take too long.
@Suite(
    "In trouble, the commands", .enabled(if: TestBroker.isThere, "start these with deploy/test"),
    .timeLimit(.minutes(5)), .serialized)
struct TroubleTests {
    @Test("show a job that lost its worker as held, and hand it out again or fail it as a person says")
    func release() async throws {
        try await Workplace.with(Self.short("redelivery: hold")) { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            let lost = try Program(
                ["work", place.name, "--surface", "branin", "--duration", "100...100"], environment: place.environment)
            #expect(try await eventually(within: 20) { try await status(place)["unacknowledged"]?.count == 1 })
            lost.signal(SIGKILL)
            let worker = try Program(
                ["work", place.name, "--surface", "branin", "--name", "second"], environment: place.environment)
            #expect(try await eventually(within: 20) { try await status(place)["held"]?.count == 1 })
            let held = try #require(try await status(place)["held"]?.first as? [String: Any])
            let job = try #require(held["job"] as? String)
            let shown = try await Program.run("status", place.name, environment: place.environment).output
            #expect(shown.contains("held by second: its worker was lost during the measurement"))
            #expect(shown.contains("burette release \(place.name) \(job) --rerun, or --fail"))

            let nobody = try await Program.run("release", place.name, job, environment: place.environment)
            #expect(nobody.status == 64, "neither --rerun nor --fail")
            let wrong = try await Program.run(
                "release", place.name, "0999-abc", "--fail", environment: place.environment)
            #expect(wrong.status == 1 && wrong.errors.contains("has no job 0999-abc"))
            let right = try await Program.run("release", place.name, job, "--rerun", environment: place.environment)
            #expect(right.status == 0, "\(right.errors)")
            let outcome = try await planner.outcome()
            #expect(
                outcome.status == 0 && outcome.output.contains("4 measured, 0 failed, 0 pending"), "\(outcome.errors)")
            let late = try await Program.run("release", place.name, job, "--fail", environment: place.environment)
            #expect(late.status == 1 && late.errors.contains("is not pending: it is measured"))
            worker.signal(SIGKILL)
            try await clear(place)
        }
    }

    @Test("end with the campaign where they watch it: one that ends meanwhile, and one that has ended")
    func watch() async throws {
        try await Workplace.with(Self.short("redelivery: rerun")) { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            #expect(try await eventually(within: 30) { try await !place.report().isEmpty })
            let watching = try Program(["watch", place.name], environment: place.environment)
            let worker = try Program(["work", place.name, "--surface", "branin"], environment: place.environment)
            #expect(try await planner.outcome().status == 0)
            let meanwhile = try await watching.outcome(within: 20)
            #expect(
                meanwhile.status == 0 && meanwhile.errors.contains("\(place.name) is finished"), "\(meanwhile.errors)")
            let afterwards = try Program(["watch", place.name, "--json"], environment: place.environment)
            let events = try await afterwards.outcome(within: 20)
            #expect(events.status == 0 && events.output.hasSuffix("\"type\":\"finished\",\"version\":1}\n"))
            worker.signal(SIGKILL)
            try await clear(place)
        }
    }

    @Test("give up a job whose worker will never come back, as a person says, and another takes its place")
    func giveUp() async throws {
        try await Workplace.with(Self.short("redelivery: hold")) { place in
            try await withSlowWorker(place) { _ in
                #expect(try await eventually(within: 20) { try await status(place)["unacknowledged"]?.count == 1 })
                let rerun = try await Program.run("release", place.name, "1", "--rerun", environment: place.environment)
                #expect(rerun.status == 1 && rerun.errors.contains("is not held: it is being measured"))
                let fail = try await Program.run("release", place.name, "1", "--fail", environment: place.environment)
                #expect(fail.status == 0 && fail.errors.contains("slow said that it measures 0001-"), "\(fail.errors)")
            }
        }
    }

    @Test("say which measurement is overdue, and go on with others where the campaign fails it")
    func overdue() async throws {
        try await Workplace.with(Self.short("timeout: 3, overdue: fail")) { place in
            try await withSlowWorker(place) { planner in
                #expect(await eventually(within: 20) { planner.saidSoFar.contains("at slow is overdue") })
            }
        }
    }

    @Test("wait where a queue is full, say so in log and status, and go on when there is room")
    func fullQueue() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "kind: gaussian-process", with: "kind: random")
        }) { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            // The initial design stands in the queue; one more job, for the worker that comes, is one too many.
            let isReady = try await eventually(within: 20) {
                try await Program.run("status", place.name, environment: place.environment).output.contains(
                    "3 ready, 0 unacknowledged")
            }
            #expect(isReady)
            _ = try await TestBroker.control(
                "set_policy", place.name, "^burette\\.\(place.name)\\.jobs$", "{\"max-length\":1}", "--apply-to",
                "queues")
            let worker = try Program(
                ["work", place.name, "--surface", "branin", "--duration", "2...2", "--speed", "4"],
                environment: place.environment)
            #expect(await eventually(within: 20) { planner.saidSoFar.contains("a queue is full or unavailable") })
            let isShown = try await eventually(within: 20) {
                try await Program.run("status", place.name, environment: place.environment).output.contains(
                    "a queue is full or unavailable")
            }
            #expect(isShown)
            _ = try await TestBroker.control("clear_policy", place.name)
            let outcome = try await planner.outcome(within: 90)
            #expect(
                outcome.status == 0 && outcome.output.contains("20 measured, 0 failed, 0 pending"), "\(outcome.errors)")
            worker.signal(SIGKILL)
            try await clear(place)
        }
    }

    @Test("leave results at the broker when the planner's disk is full, and take them in when there is room")
    func fullDisk() async throws {
        try #require(getuid() == 0, "a small disk is mounted for this")
        try await Workplace.with({ $0.replacingOccurrences(of: "kind: gaussian-process", with: "kind: random") }) {
            place in
            var small = place.environment
            small["BURETTE_DATA"] = "\(place.folder)/small"
            try FileManager.default.createDirectory(atPath: "\(place.folder)/small", withIntermediateDirectories: true)
            let size = "size=\(260 * 1024)"
            #expect(
                try await command("/bin/mount", ["-t", "tmpfs", "-o", size, "tmpfs", "\(place.folder)/small"]).status
                    == 0)
            let planner = try Program(["plan", place.file], environment: small)
            let worker = try Program(
                ["work", place.name, "--surface", "branin", "--duration", "0.1...0.1"], environment: place.environment)
            let failed = try await planner.outcome()
            #expect(failed.status == 1 && failed.errors.contains("the disk is full"), "\(failed.errors)")
            #expect(try await command("/bin/mount", ["-o", "remount,size=8m", "\(place.folder)/small"]).status == 0)
            let again = try await Program.run("plan", place.file, environment: small)
            #expect(
                again.status == 0 && again.output.contains("20 measured, 0 failed, 0 pending, 0 duplicates"),
                "\(again.errors)")
            worker.signal(SIGKILL)
            _ = try await command("/bin/umount", ["\(place.folder)/small"])
            try await clear(place)
        }
    }

    @Test("refuse a read-only file system in words")
    func readOnly() async throws {
        try #require(getuid() == 0, "a read-only disk is mounted for this")
        try await Workplace.with { place in
            let folder = "\(place.folder)/fixed"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            #expect(try await command("/bin/mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", folder]).status == 0)
            var environment = place.environment
            environment["BURETTE_DATA"] = folder
            let outcome = try await Program.run("plan", place.file, environment: environment)
            #expect(outcome.status == 1 && outcome.errors.contains("cannot be written"), "\(outcome.errors)")
            #expect(outcome.errors.contains("Read-only file system"))
            _ = try await command("/bin/umount", [folder])
        }
    }

    @Test("compare the broker's consumer_timeout with the campaign's")
    func consumerTimeout() async throws {
        let control = ProcessInfo.processInfo.environment["BURETTE_TEST_RABBITMQCTL"] ?? ""
        let home = ProcessInfo.processInfo.environment["BURETTE_TEST_NODE_HOME"] ?? ""
        for (timeout, status, says) in [
            ("2h", 0, "above the campaign's timeout of 7200 s"),
            ("100d", 1, "takes a job away after 2592000 s, and the campaign lets a measurement take 8640000 s"),
        ] {
            try await Workplace.with(Self.short("timeout: \(timeout)")) { place in
                let outcome = try await Program.run(
                    "doctor", place.file, "--rabbitmqctl", "HOME=\(home) \(control)", environment: place.environment)
                #expect(outcome.status == Int32(status) && outcome.output.contains(says), "\(outcome.output)")
            }
        }
    }

    @Test("find a policy that takes messages away", .enabled(if: TestBroker.management != nil))
    func policy() async throws {
        try await Workplace.with(Self.short("timeout: 2h")) { place in
            let management = try #require(ProcessInfo.processInfo.environment["BURETTE_TEST_MANAGEMENT"])
            let planner = try Program(["plan", place.file], environment: place.environment)
            func doctor() async throws -> Program.Outcome {
                try await Program.run(
                    "doctor", place.file, "--management", management, environment: place.environment)
            }
            let clean = await eventually(within: 60) {
                (try? await doctor().output.contains("ok    policies: none takes messages")) == true
            }
            #expect(clean)
            _ = try await TestBroker.control(
                "set_policy", "short-\(place.name)", "^burette\\.\(place.name)\\.", #"{"message-ttl": 86400000}"#,
                "--apply-to", "queues")
            let told = await eventually(within: 60) {
                (try? await doctor().output.contains(
                    "FAIL  policies: a policy of the broker sets message-ttl of burette.\(place.name).jobs, message-ttl of"
                ))
                    == true
            }
            #expect(told)
            _ = try await TestBroker.control("clear_policy", "short-\(place.name)")
            planner.signal(SIGTERM)
            _ = try await planner.outcome()
            try await clear(place)
        }
    }

    private static func short(_ workers: String) -> (String) -> String {
        {
            $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 4")
                .replacingOccurrences(of: "kind: gaussian-process", with: "kind: random")
                .replacingOccurrences(of: "lookahead: 3", with: "lookahead: 1") + "\nworkers: {\(workers)}\n"
        }
    }

    /// Runs a campaign whose one worker measures its first job for ever, until `body` has seen to it that the job has failed; then another worker
    /// measures the rest.
    private func withSlowWorker(_ place: Workplace, _ body: (_ planner: Program) async throws -> Void) async throws {
        let planner = try Program(["plan", place.file], environment: place.environment)
        let slow = try Program(
            ["work", place.name, "--surface", "branin", "--duration", "100...100", "--name", "slow"],
            environment: place.environment)
        try await body(planner)
        let quick = try Program(["work", place.name, "--surface", "branin"], environment: place.environment)
        let outcome = try await planner.outcome()
        #expect(
            outcome.status == 0 && outcome.output.contains("4 measured, 1 failed, 0 pending"), "\(outcome.errors)")
        for worker in [slow, quick] { worker.signal(SIGKILL) }
        try await clear(place)
    }

    private func status(_ place: Workplace) async throws -> [String: [Any]] {
        let outcome = try await Program.run("status", place.name, "--json", environment: place.environment)
        let object = try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return (object ?? [:]).compactMapValues { $0 as? [Any] }
    }

    private func clear(_ place: Workplace) async throws {
        #expect(try await Program.run("clear", place.name, "--yes", environment: place.environment).status == 0)
    }
}
