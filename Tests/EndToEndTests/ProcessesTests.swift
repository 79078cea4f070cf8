import Campaigns
import EventStore
import Foundation
import Support
import Testing

/// One planner and three workers as processes of their own, over a real RabbitMQ.
@Suite(
    "Processes over RabbitMQ", .enabled(if: TestBroker.isThere, "start these with deploy/test"),
    .timeLimit(.minutes(5)))
struct ProcessesTests {
    @Test("do together what burette run does in one, and status agrees with the broker all the time")
    func campaign() async throws {
        try await Workplace.with { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            let workers = try (1...3).map { try worker(place, number: $0, speed: 8) }
            let sampling = Task { try await QueueSamples.take(of: place.name, while: { planner.isRunning }) }
            let outcome = try await planner.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            try await expectWhole(place)
            try await expectAgreement(of: try await sampling.value, with: place)
            for worker in workers {
                worker.signal(SIGTERM)
                #expect(try await worker.outcome(within: 10).status == 0, "nothing in hand: it goes at once")
            }
            try await clear(place)
        }
    }

    @Test("lose nothing and count nothing twice when workers and the planner are killed with -9 all the time")
    func killing() async throws {
        try await Workplace.with { place in
            let seed = UInt64.random(in: .min ... .max)
            var generator = Dice(seed: seed)
            var planner = try Program(["plan", place.file], environment: place.environment)
            var workers = try (1...3).map { try worker(place, number: $0, speed: 1) }
            var kills = 0
            while kills < 100 {
                // However fast the machine is, and however long this task has to wait, the first of them come in the middle.
                let speed = kills < 4 ? 1 : 10
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...900, using: &generator)))
                if !planner.isRunning { break }
                kills += 1
                if Int.random(in: 0..<2, using: &generator) == 0 {
                    planner.signal(SIGKILL)
                    _ = try await planner.outcome()
                    planner = try Program(["plan", place.file], environment: place.environment)
                } else {
                    let index = Int.random(in: 0..<3, using: &generator)
                    workers[index].signal(SIGKILL)
                    _ = try await workers[index].outcome()
                    workers[index] = try worker(place, number: index + 1, speed: speed)
                }
                if kills == 4 {
                    for worker in workers { worker.signal(SIGKILL) }
                    workers = try (1...3).map { try worker(place, number: $0, speed: 10) }
                }
            }
            let outcome = try await planner.outcome()
            #expect(outcome.status == 0, "seed \(seed): \(outcome.errors)")
            #expect(kills > 3)
            let report = try await place.report()
            #expect(report["measured"] as? Int == 20, "seed \(seed)")
            // A job that lost its worker more often than the delivery limit allows is given up, and another one made for it.
            #expect(report["pending"] as? Int == 0)
            let exported = try await Program.run(
                "export", place.name, environment: ["BURETTE_DATA": "\(place.folder)/data"])
            let jobs = exported.output.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first }
            #expect(jobs.count == 20 && Set(jobs).count == 20)
            for worker in workers { worker.signal(SIGKILL) }
            try await clear(place)
        }
    }

    @Test("hand the campaign over: a second planner stands by and goes on when the first is killed")
    func standby() async throws {
        try await Workplace.with { place in
            let first = try Program(["plan", place.file], environment: place.environment)
            // Slow, so that the first planner dies in the middle of the campaign however long this task has to wait.
            let slow = try worker(place, number: 1, speed: 1)
            #expect(await eventually(within: 20) { first.saidSoFar.contains("measured") })
            let refused = try await Program.run("plan", place.file, "--no-wait", environment: place.environment)
            #expect(refused.status == 75)
            // On another host: with another folder for its data, and so without a ledger.
            var elsewhere = place.environment
            elsewhere["BURETTE_DATA"] = "\(place.folder)/elsewhere"
            let second = try Program(["plan", place.file], environment: elsewhere)
            #expect(await eventually(within: 20) { second.saidSoFar.contains("standing by") })
            first.signal(SIGKILL)
            slow.signal(SIGKILL)
            let quick = try worker(place, number: 2, speed: 30)
            let outcome = try await second.outcome(within: 120)
            #expect(outcome.status == 0 && outcome.output.contains("20 measured"), "\(outcome.errors)")
            quick.signal(SIGKILL)
            try await clear(place)
        }
    }

    @Test("a worker told to stop finishes its measurement; told twice, it gives the job back")
    func gracefulStop() async throws {
        try await Workplace.with { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            // It measures until it is let go, however long the machine takes to tell it to stop.
            let script = "\(place.folder)/measure.sh"
            try "#!/bin/sh\nuntil [ -e \(place.folder)/go ]; do sleep 0.05; done\necho '{\"branin\": 1}'\n".write(
                toFile: script, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            let patient = try Program(["work", place.name, "--exec", script], environment: place.environment)
            #expect(try await eventually(within: 20) { try await started(place) == 1 })
            patient.signal(SIGTERM)
            #expect(await eventually(within: 20) { patient.saidSoFar.contains("Finishing the running measurement") })
            #expect(FileManager.default.createFile(atPath: "\(place.folder)/go", contents: nil))
            #expect(try await patient.outcome(within: 15).status == 0)
            #expect(try await eventually(within: 10) { try await place.report()["measured"] as? Int == 1 })
            let hasty = try Program(
                ["work", place.name, "--surface", "branin", "--duration", "100...100"], environment: place.environment)
            #expect(try await eventually(within: 20) { try await started(place) == 1 })
            hasty.signal(SIGTERM)
            _ = await eventually(within: 5) { hasty.saidSoFar.contains("Finishing") }
            hasty.signal(SIGTERM)
            #expect(try await hasty.outcome(within: 10).status == 130)
            #expect(
                try await eventually(within: 10) {
                    try await Program.run("status", place.name, environment: place.environment).output
                        .contains("its worker is gone, and no other is connected")
                })
            #expect(try await place.report()["failed"] as? Int == 0)
            planner.signal(SIGINT)
            #expect(try await planner.outcome(within: 10).status == 130)
            try await clear(place)
        }
    }

    private func worker(_ place: Workplace, number: Int, speed: Int) throws -> Program {
        try Program(
            [
                "work", place.name, "--surface", "branin", "--duration", "5...30", "--speed", "\(speed)", "--name",
                "w\(number)",
            ],
            environment: place.environment)
    }

    private func started(_ place: Workplace) async throws -> Int? {
        let outcome = try await Program.run("status", place.name, "--json", environment: place.environment)
        let object = try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return (object?["unacknowledged"] as? [Any])?.count
    }

    /// Whenever no message was under way, the ledger's pending jobs were those that the broker counted.
    private func expectAgreement(of samples: [QueueSamples.Sample], with place: Workplace) async throws {
        let ledger = try Ledger.open(path: "\(place.folder)/data/\(place.name).sqlite", create: false)
        let events = try await ledger.events().events
        let quiet = samples.filter { sample in
            events.allSatisfy { !(sample.time - 0.3...sample.time + 0.1).contains($0.time) }
                && sample.time > (events.first?.time ?? 0)
        }
        #expect(quiet.count >= 10, "of \(samples.count)")
        for sample in quiet {
            let state = CampaignState(events.filter { $0.time <= sample.time })
            #expect(state.pending.count == sample.ready + sample.unacknowledged)
        }
    }

    private func expectWhole(_ place: Workplace) async throws {
        let report = try await place.report()
        #expect(report["measured"] as? Int == 20)
        #expect(report["duplicates"] as? Int == 0)
        #expect(report["pending"] as? Int == 0)
        #expect(report["workers"] as? Int == 3)
        #expect(report["state"] as? String == "finished")
    }

    private func clear(_ place: Workplace) async throws {
        #expect(try await Program.run("clear", place.name, "--yes", environment: place.environment).status == 0)
    }
}

/// What the broker counts in a work queue, asked of the queue itself: the node's own lists are up to five seconds old.
private enum QueueSamples {
    struct Sample {
        let time: Double
        let ready: Int
        let unacknowledged: Int
    }

    /// A sample every 50 ms, in calls of two seconds.
    static func take(of name: String, while goesOn: () -> Bool) async throws -> [Sample] {
        let query = """
            [begin timer:sleep(50), {ok, {_, {R, U}}, _} = ra:leader_query({'%2F_burette.\(name).jobs', node()}, \
            fun(S) -> {rabbit_fifo:query_messages_ready(S), rabbit_fifo:query_messages_checked_out(S)} end), \
            {os:system_time(millisecond), R, U} end || _ <- lists:seq(1, 40)].
            """
        var samples: [Sample] = []
        while goesOn() {
            let text = try await TestBroker.control("eval", query)
            for match in text.matches(of: /\{(\d+),\s*(\d+),\s*(\d+)\}/) {
                guard let time = Double(match.1), let ready = Int(match.2), let held = Int(match.3) else { continue }
                samples.append(Sample(time: time / 1000, ready: ready, unacknowledged: held))
            }
        }
        return samples
    }
}
