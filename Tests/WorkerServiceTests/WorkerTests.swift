import AMQP
import Brokers
import Campaigns
import EventStore
import Foundation
import GRDB
import Logging
import PlannerService
import Planners
import ServiceLifecycle
import ServiceRuntime
import Support
import Synchronization
import TestLaboratory
import Testing
import WorkerService

/// What a worker does with its jobs and its results, and what a planner makes of one that says little.
@Suite("A worker", .timeLimit(.minutes(5)))
struct WorkerTests {
    private static func job(_ number: Int, _ campaign: Campaign) -> Event {
        let job = Job(
            id: JobID("000\(number)-job"), parameters: ["x0": .number(Double(number)), "x1": .number(3)], of: campaign)
        return Event(id: job.publicationID, campaign: campaign.name, time: 1, body: .published(job))
    }

    @Test(
        "that never says that it has begun keeps its job as long as it likes",
        arguments: BrokerKind.available)
    func silent(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.budget.measurements = 4 }) { laboratory in
            let name = laboratory.campaign.name
            // Minutes pass in a moment.
            let passed = Mutex(0.0)
            let dependencies = Dependencies(
                now: { Date().timeIntervalSince1970 + passed.withLock { $0 } }, sleep: Dependencies.real.sleep,
                random: Dependencies.real.random, offloading: ThreadOffloading())
            let ticks = Mutex(0)
            let planner = PlannerService(
                campaign: laboratory.campaign, planner: try Planners.planner(for: laboratory.campaign),
                broker: laboratory.broker, ledger: laboratory.ledger, name: "test", dependencies: dependencies,
                logger: laboratory.logger, observe: { _ in ticks.withLock { $0 += 1 } })
            let planning = Task { try await planner.run() }
            // As Protocols/README.md has it, and no more: consume, measure, publish, acknowledge.
            var isFirst = true
            var kept: (any WorkerLink)?
            for _ in 0..<4 {
                var link = kept
                while link == nil { link = try? await laboratory.broker.openWorker(name, as: "silent") }
                let worker = try #require(link)
                kept = worker
                var jobs = worker.jobs.makeAsyncIterator()
                let delivery = try #require(try await jobs.next(isolation: nil))
                guard case .published(let job) = try delivery.event(of: name).body else { throw Unexpected(nil) }
                if isFirst {
                    isFirst = false
                    // The management API's counts are some seconds old, and the test's clock does not hurry them.
                    if kind == .rabbitMQ, let management = TestBroker.management {
                        let isCounted = try await eventually(within: 15) {
                            try await management.unacknowledged(inQueue: Topology.work(name)) == 1
                        }
                        #expect(isCounted)
                    }
                    for _ in 0..<12 {
                        passed.withLock { $0 += 100 }
                        let before = ticks.withLock { $0 }
                        #expect(await eventually { ticks.withLock { $0 } > before })
                    }
                    let state = CampaignState(try await laboratory.ledger.events().events)
                    #expect(state.jobs[job.id]?.status == .ready, "it is pending as long as it is not acknowledged")
                }
                let values = ["branin": job.parameters["x0"]?.number ?? 0]
                try await worker.publish(
                    Event(
                        id: "result-\(job.id)", campaign: name, time: 1,
                        body: .measured(.init(job: job.id, worker: "silent", values: values, began: 1, ended: 2))))
                try await worker.acknowledge(delivery)
                await worker.close()
                kept = nil
            }
            try await planning.value
            let state = CampaignState(try await laboratory.ledger.events().events)
            #expect(state.measured == 4 && state.tally.duplicates == 0)
        }
    }

    @Test(
        "that stops politely changes nothing but the job that it finishes", arguments: BrokerKind.available)
    func politeStop(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.workers.redelivery = .hold }) { laboratory in
            let (campaign, broker) = (laboratory.campaign, laboratory.broker)
            let planner = try await broker.openPlanner(campaign.name, as: "test", wait: false) {}
            let inbox = Collector(planner.inbox)
            try await planner.publish((1...9).map { Self.job($0, campaign) })
            for round in 1...4 {
                let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
                let slow = Measuring { job in
                    beginning.yield()
                    try await Task.sleep(for: .milliseconds(30 * round))
                    return ["branin": 1]
                }
                let group = ServiceGroup(
                    services: [
                        WorkerService(
                            campaign: campaign.name, name: "w\(round)", broker: broker, instrument: slow,
                            logger: laboratory.logger)
                    ], logger: laboratory.logger)
                let working = Task { try await group.run() }
                for await _ in begun { break }
                await group.triggerGracefulShutdown()
                try await working.value
            }
            var said: [String] = []
            while let delivery = await inbox.next(within: 0.5) {
                let event = try delivery.event(of: campaign.name)
                if event.body.type != "started" { said.append("\(event.body.job?.rawValue ?? "") \(event.body.type)") }
            }
            #expect(said.count { $0.hasSuffix("measured") } == 4)
            // A job that was delivered in between is given back as it was; the planner hands it out again.
            let touched = Set(said.map { $0.prefix(8) })
            #expect(said.allSatisfy { !$0.hasSuffix("held") } && touched.count == said.count, "\(said)")
            let next = try await broker.openWorker(campaign.name, as: "next")
            let jobs = Collector(next.jobs)
            while let delivery = await jobs.next(within: 0.5) {
                #expect(!delivery.redelivered && !touched.contains(delivery.id.prefix(8)), "\(delivery.id)")
                try await next.acknowledge(delivery)
            }
            await next.close()
            await planner.close()
        }
    }

    /// A disk without room.
    private struct FullSpool: Outbox {
        func keep(_ event: Event) throws { throw FileError.diskFull(path: "spool") }
        func drop(_ event: Event) throws {}
        func kept() throws -> OutboxContents { OutboxContents(unreadable: ["spool/1.json: it is not JSON"]) }
    }

    @Test(
        "whose disk is full delivers its result all the same, and tells a person only then that it is recorded",
        arguments: BrokerKind.available)
    func fullDisk(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let (campaign, lines, desk) = (laboratory.campaign, Lines(), Desk())
            let planner = try await laboratory.broker.openPlanner(campaign.name, as: "test", wait: false) {}
            try await planner.publish([Self.job(1, campaign)])
            let worker = WorkerService(
                campaign: campaign.name, name: "w", broker: laboratory.broker, instrument: desk, outbox: FullSpool(),
                logger: Logger(label: "test") { _ in lines })
            let working = Task { try await worker.run() }
            try await desk.answer(try await desk.nextAssignment(), ["branin": 3])
            let inbox = Collector(planner.inbox)
            var result: Event?
            while result?.body.type != "measured" {
                result = try #require(await inbox.next()).event(of: campaign.name)
            }
            #expect(lines.all.contains { $0.contains("cannot be stored on this disk") && $0.contains("disk is full") })
            #expect(lines.all.contains { $0.contains("spool/1.json: it is not JSON") }, "what cannot be read is said")
            working.cancel()
            _ = await working.result
            await planner.close()
        }
    }

    @Test("whose disk is full and whose broker is gone writes the whole result down, and goes on trying")
    func fullDiskAndNoBroker() async throws {
        try await Laboratory.with(.embedded) { laboratory in
            let (campaign, lines) = (laboratory.campaign, Lines())
            let broker = try #require(laboratory.broker as? EmbeddedBroker)
            let planner = try await broker.openPlanner(campaign.name, as: "test", wait: false) {}
            try await planner.publish([Self.job(1, campaign)])
            // The campaign goes in the middle of the measurement, and with it every link.
            let vandal = Measuring { _ in
                await planner.close()
                try await broker.remove(campaign.name)
                return ["branin": 0.125]
            }
            let worker = WorkerService(
                campaign: campaign.name, name: "w", broker: broker, instrument: vandal, outbox: FullSpool(),
                logger: Logger(label: "test") { _ in lines })
            let working = Task { try await worker.run() }
            let isWritten = await eventually {
                lines.all.contains { $0.contains("\"values\":{\"branin\":0.125}") && $0.contains("0001-job") }
            }
            #expect(isWritten, "\(lines.all)")
            broker.declare(campaign.name)
            let again = try await broker.openPlanner(campaign.name, as: "test", wait: false) {}
            #expect(await Collector(again.inbox).next(within: 20)?.topic == "measured")
            working.cancel()
            _ = await working.result
            await again.close()
        }
    }

    @Test("without a name has one of its host and data folder, the same after a restart")
    func names() async throws {
        try await withFolder { folder in
            let campaign = try CampaignName("c")
            func names(_ data: String, _ count: Int) throws -> [String] {
                let identities = try (0..<count).map { _ in
                    try WorkerIdentity(name: nil, campaign: campaign, data: "\(folder)/\(data)")
                }
                return identities.map(\.name)
            }
            let (one, other) = (try names("one", 3), try names("other", 3))
            #expect(Set(one + other).count == 6 && one.allSatisfy { $0.hasSuffix("-1") || !$0.isEmpty })
            #expect(try names("one", 3) == one && names("other", 2) == Array(other.prefix(2)))
            // What a worker of an earlier version left is delivered under its name.
            let host = one[0].split(separator: "-").dropLast(2).joined(separator: "-")
            let outbox = try DirectoryOutbox(directory: "\(folder)/one/spool/c/\(host)-2")
            try outbox.keep(Event(id: "e", campaign: campaign, time: 1, body: .paused(.init(by: "", reason: ""))))
            #expect(try names("one", 2) == ["\(host)-2", one[0]])
        }
    }

    @Test("'s outbox says what it cannot read, and leaves it where it is")
    func unreadableSpool() async throws {
        try await withFolder { folder in
            let outbox = try DirectoryOutbox(directory: folder)
            let event = Event(
                id: "good", campaign: try CampaignName("c"), time: 1, body: .paused(.init(by: "", reason: "")))
            try outbox.keep(event)
            let torn = "\(folder)/torn.json"
            try Data("{\"version\": 1, \"type\": \"meas".utf8).write(to: URL(fileURLWithPath: torn))
            let kept = try outbox.kept()
            #expect(kept.results == [event])
            #expect(kept.unreadable.count == 1 && kept.unreadable[0].contains("torn.json: it is not JSON"))
            #expect(FileManager.default.fileExists(atPath: torn))
        }
    }
}

/// What a planner does whose disk gives it trouble.
@Suite("A planner's ledger", .timeLimit(.minutes(5)))
struct LedgerTroubleTests {
    @Test("that another program locks for a while is waited for, and nothing is lost")
    func locked() async throws {
        try await Laboratory.with(.embedded) { laboratory in
            let lines = Lines()
            var laboratory = laboratory
            laboratory.logger = Logger(label: "test") { _ in lines }
            let path = Ledger.path(of: laboratory.campaign.name, in: laboratory.folder)
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let browser = try DatabaseQueue(path: path, configuration: configuration)
            let isLocked = Mutex(false)
            let vandal = Measuring { job in
                let isFirst = isLocked.withLock { locked in
                    defer { locked = true }
                    return !locked
                }
                guard isFirst else { return try await quick.body(job) }
                try await browser.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                Task {
                    // Longer than SQLite itself waits.
                    _ = await eventually(within: 60) { lines.all.contains { $0.contains("has locked the ledger") } }
                    try await browser.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
                }
                return try await quick.body(job)
            }
            let state = try await laboratory.run([vandal])
            #expect(state.measured == 20 && state.tally.duplicates == 0)
            #expect(lines.all.count { $0.contains("has locked the ledger") } == 1, "\(lines.all)")
        }
    }

    @Test(
        "whose note of unconfirmed jobs cannot be read is taken up all the same, the note kept and said",
        arguments: BrokerKind.available)
    func corruptNote(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let lines = Lines()
            var laboratory = laboratory
            laboratory.logger = Logger(label: "test") { _ in lines }
            _ = try await laboratory.run([quick]) { $0.measured >= 3 }
            let path = Ledger.path(of: laboratory.campaign.name, in: laboratory.folder)
            let other = try DatabaseQueue(path: path)
            let campaign = laboratory.campaign
            try await other.write {
                try $0.execute(sql: "UPDATE note SET value = x'5b22' WHERE name IN ('unconfirmed', 'meeting')")
                // Recorded as published, and never at the broker.
                let job = Job(
                    id: JobID("0099-lost"), parameters: ["x0": .number(1), "x1": .number(1)], of: campaign)
                let event = Event(
                    id: job.publicationID, campaign: campaign.name, time: 1, body: .published(job))
                try $0.execute(
                    sql: "INSERT INTO event (id, time, type, job, body) VALUES (?, 1, 'published', ?, ?)",
                    arguments: [event.id, job.id.rawValue, try event.json()])
            }
            let state = try await laboratory.run([quick])
            #expect(state.measured == 20 && state.pending.isEmpty && state.tally.duplicates == 0)
            #expect(lines.all.contains { $0.contains("note \"unconfirmed\" cannot be read") }, "\(lines.all)")
            let kept = try await other.read {
                try String.fetchAll($0, sql: "SELECT name FROM note WHERE value = x'5b22'")
            }
            #expect(kept.count == 2 && kept.allSatisfy { $0.contains(".unreadable-") }, "\(kept)")
        }
    }
}
