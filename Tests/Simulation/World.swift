import AMQP
import Brokers
import Campaigns
import Capacity
import EventStore
import ServiceRuntime
import Surrogates
import Synchronization

/// A broker, the parties around it, what befalls them, and the promises that must hold all the same.
final class World: Sendable {
    let campaign: Campaign
    let scheduler: Scheduler
    let broker = EmbeddedBroker()
    let sabotage: Sabotage?
    /// Whether the broker tells how many jobs are unacknowledged, as one with a management API does.
    let tellsUnacknowledged: Bool
    /// Whether operators sit at the planners' machines.
    let ordersByLedger: Bool
    let state: Mutex<State>
    /// What the bytes in the ledgers say: the same in each.
    private let memory = EventMemory()

    /// What the world knows beside the broker's queues and the parties' disks.
    struct State {
        var random: RandomNumbers
        var watch = Watch()
        /// Whether anything may go wrong at the moment.
        var isFaulty = true
        var brokerReturns = 0.0
        /// How many measurements were made; each has its number as its value.
        var acts = 0
        /// How many are being made.
        var measuring = 0
        /// The life that holds the planner's lock, and its end of the broker.
        var holder: (life: Life, link: any PlannerLink)?
        var faults: [Fault: Int] = [:]
        var trace: [String]?
    }

    init(campaign: Campaign, seed: UInt64, sabotage: Sabotage?, traces: Bool) {
        self.campaign = campaign
        self.sabotage = sabotage
        var random = RandomNumbers(seed: seed, 3)
        tellsUnacknowledged = random.unit() < 0.5
        ordersByLedger = random.unit() < 0.5
        scheduler = Scheduler(seed: seed)
        state = Mutex(State(random: RandomNumbers(seed: seed, 2), trace: traces ? [] : nil))
        broker.declare(campaign.name)
    }

    func newLedger() -> Ledger? { try? Ledger.inMemory(offloading: InPlace(), memory: memory) }

    // MARK: Chance

    func chance(_ probability: Double) -> Bool { state.withLock { $0.random.unit() < probability } }

    func uniform(_ range: ClosedRange<Double>) -> Double {
        state.withLock { range.lowerBound + (range.upperBound - range.lowerBound) * $0.random.unit() }
    }

    func pick(_ range: Range<Int>) -> Int { state.withLock { Int.random(in: range, using: &$0.random) } }

    /// Whether a fault of this probability strikes now.
    func strikes(_ fault: Fault, _ probability: Double) -> Bool {
        state.withLock { state in
            guard state.isFaulty, state.random.unit() < probability else { return false }
            state.faults[fault, default: 0] += 1
            return true
        }
    }

    /// The value of the next measurement: each has its own.
    var nextValue: Double {
        state.withLock { state in
            state.acts += 1
            return Double(state.acts)
        }
    }

    // MARK: What is going on

    func note(_ words: @autoclosure () -> String) {
        let (now, steps) = (scheduler.now, scheduler.steps)
        state.withLock { state in
            guard state.trace != nil else { return }
            state.trace?.append("step \(steps)  t=\(((now - 1_000_000) * 1000).rounded() / 1000)  \(words())")
        }
    }

    func violated(_ words: String) {
        note("VIOLATED: \(words)")
        state.withLock { if $0.watch.violation == nil { $0.watch.violation = words } }
    }

    /// Whether a job may be in the feed alone, and the planner that knows of it be gone for good: where the broker tells nothing of it, such a
    /// job waits until no worker can have it.
    var mayLoseJobs: Bool { tellsUnacknowledged || state.withLock { $0.watch.ledgers.count < 2 } }

    var isOver: Bool { state.withLock { $0.watch.violation != nil } }

    /// What surrounds a life: the world's clock and chance, and a disk that dies with it.
    func dependencies(of life: Life) -> Dependencies {
        Dependencies(
            now: { self.scheduler.now },
            sleep: { duration in
                try await self.scheduler.sleep(duration)
                try await self.waitWhilePaused(life)
            },
            random: { self.state.withLock { $0.random.next() } }, offloading: Disk(world: self, life: life))
    }

    /// A place where anything may befall a life: before and after everything that it does to the world outside.
    func point(_ life: Life, _ what: String, mayCut: Bool = true) async throws {
        note("\(life.name) \(what)")
        if strikes(.delay, 0.2) { try? await scheduler.sleep(.seconds(uniform(0...0.03))) }
        try await waitWhilePaused(life)
        if strikes(.kill, 0.01) { kill(life) }
        try requireAlive(life)
        guard mayCut else { return }
        if strikes(.cut, 0.01) {
            note("\(life.name) is cut off")
            await life.closeLinks()
        }
        if life.isCutOff { throw AMQPError.connectionLost(reason: "the simulation cut it") }
    }

    /// Something has changed at the broker: every promise is looked after, and then anything may befall the life.
    func done(_ life: Life, _ what: String) async throws {
        await check()
        try await point(life, what)
    }

    func requireAlive(_ life: Life) throws {
        guard life.isAlive else { throw Killed() }
    }

    func waitWhilePaused(_ life: Life) async throws {
        while life.isAlive, scheduler.now < life.resumesAt {
            try? await scheduler.sleep(.seconds(life.resumesAt - scheduler.now))
            if Task.isCancelled { break }
        }
    }

    /// kill -9: nothing that the life still does reaches anything. The broker learns of it at once, or after a while.
    func kill(_ life: Life) {
        guard life.die() else { return }
        note("\(life.name) is killed")
        let silence = chance(0.3) ? uniform(0...2) : 0
        Task(executorPreference: scheduler) { [scheduler] in
            if silence > 0 { try? await scheduler.sleep(.seconds(silence)) }
            await life.closeLinks()
        }
    }
}

/// What a killed life's own code is told, wherever it goes on.
struct Killed: Error {}

/// What can befall the parties.
package enum Fault: String, CaseIterable, Sendable {
    case delay = "a delay"
    case kill = "kill -9"
    case cut = "a connection cut"
    case pause = "a pause (SIGSTOP, network)"
    case term = "SIGTERM"
    case restart = "a broker restart"
    case refuse = "a publication refused"
    case duplicate = "a result published twice"
    case full = "a full disk"
    case lock = "a ledger locked by another program"
    case feed = "the feed deleted by hand"
    case work = "the work queue deleted by hand"
    case newDisk = "a planner's disk lost"
    case fail = "a failed measurement"
    case order = "an operator's order"
    case giveBack = "a job given back"
    case claim = "a job claimed"
    case inject = "a person's own experiment"
    case forget = "a reader that the broker forgot"
    case slow = "a silent measurement of minutes"
}

/// One life of a party, from its start to its death.
final class Life: Sendable {
    let name: String
    let number: Int
    private let state = Mutex(State())

    private struct State {
        var isAlive = true
        var resumesAt = 0.0
        var isCutOff = false
        var links: [@Sendable () async -> Void] = []
        var task: Task<Void, Never>?
        /// Whether its planner has recovered over the link it has now.
        var isSteady = false
        /// The upper end of the range that its planner may propose in.
        var high = 1.0
        /// Whether it got SIGTERM, and whether it then let a measurement go.
        var (wasTold, gaveBack) = (false, false)
    }

    init(_ name: String, _ number: Int) {
        self.name = name
        self.number = number
    }

    var isAlive: Bool { state.withLock(\.isAlive) }
    var isCutOff: Bool { state.withLock(\.isCutOff) }
    var resumesAt: Double { state.withLock(\.resumesAt) }
    var isSteady: Bool { state.withLock { $0.isSteady && $0.isAlive } }

    var stopsPolitely: Bool { state.withLock { $0.wasTold && !$0.gaveBack && !$0.isCutOff } }

    var high: Double { state.withLock(\.high) }
    func narrow(to high: Double) { state.withLock { $0.high = high } }

    func tell() { state.withLock { $0.wasTold = true } }
    func gaveBack() { state.withLock { $0.gaveBack = true } }
    func become(_ task: Task<Void, Never>) { state.withLock { $0.task = task } }
    func unsteady() { state.withLock { $0.isSteady = false } }
    func steady() { state.withLock { $0.isSteady = true } }
    func pause(until time: Double) { state.withLock { $0.resumesAt = time } }

    /// A new link to the broker; whatever was cut is mended.
    func opened(_ close: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.isCutOff = false
            state.isSteady = false
            state.links = [close]
        }
    }

    func closeLinks() async {
        let links = state.withLock { state in
            state.isCutOff = true
            state.isSteady = false
            defer { state.links = [] }
            return state.links
        }
        for close in links { await close() }
    }

    /// False if it was dead already.
    func die() -> Bool {
        let task = state.withLock { state -> Task<Void, Never>?? in
            guard state.isAlive else { return nil }
            state.isAlive = false
            return .some(state.task)
        }
        guard let task else { return false }
        task?.cancel()
        return true
    }
}
