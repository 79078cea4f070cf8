import Brokers
import Campaigns
import Capacity
import Logging
import Planners
import Surrogates
import Synchronization
import WorkerService

/// One campaign from its start to its end, with everything that befalls it: all of it decided by one seed.
package struct Schedule: Sendable {
    package let seed: UInt64
    package var sabotage: Sabotage?

    /// The schedule of `seed`, with a rule broken or none.
    package init(seed: UInt64, sabotage: Sabotage? = nil) {
        self.seed = seed
        self.sabotage = sabotage
    }

    /// How a schedule went.
    package struct Outcome: Sendable, Equatable {
        /// The first promise that was broken, in words; nil if all were kept.
        package var violation: String?
        /// How many steps between two suspensions it had.
        package var steps: Int
        /// How often every promise was checked.
        package var checks: Int
        /// How often each fault struck.
        package var faults: [Fault: Int]
        /// How many measurements counted.
        package var measured: Int
        /// How many results were duplicates.
        package var duplicates: Int
        /// What happened, step by step, where it was asked for.
        package var trace: [String]
    }

    /// Runs it. The same seed gives the same outcome, step by step. Cost: some milliseconds.
    package func run(traces: Bool = false) -> Outcome {
        var random = RandomNumbers(seed: seed)
        var campaign = Self.campaign(&random)
        var apart = RandomNumbers(seed: seed, 6)
        if apart.unit() < 0.35 { campaign.batches = Self.batches(&apart) }
        campaign.space = campaign.space(to: 1)
        let world = World(campaign: campaign, seed: seed, sabotage: sabotage, traces: traces)
        let director = Director(world: world, seed: seed, random: &random)
        let isDone = Mutex(false)
        let task = Task(executorPreference: world.scheduler) {
            await director.direct()
            isDone.withLock { $0 = true }
        }
        let ended = world.scheduler.run(most: 300_000) { isDone.withLock { $0 } || world.isOver }
        if !ended { world.violated("nothing can go on any more: \(director.whereItStands)") }
        let steps = world.scheduler.steps
        // Whatever is left is ended, so that no task outlives its schedule.
        task.cancel()
        director.end()
        _ = world.scheduler.run(most: 1_000_000) { false }
        let fold = director.fold
        return world.state.withLock { state in
            Outcome(
                violation: state.watch.violation, steps: steps, checks: state.watch.checks, faults: state.faults,
                measured: fold.measured, duplicates: fold.tally.duplicates, trace: state.trace ?? [])
        }
    }

    private static func campaign(_ random: inout RandomNumbers) -> Campaign {
        func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        let policies = WorkerSettings.Redelivery.allCases
        return Campaign(
            name: .simulated,
            space: ParameterSpace([]),
            objectives: [Objective(name: "y", goal: .minimize)],
            planner: PlannerSettings(initialDesign: .init(count: pick(1...3)), lookahead: pick(0...2)),
            budget: Budget(measurements: pick(3...7)),
            workers: WorkerSettings(
                redelivery: policies[pick(0...policies.count - 1)], timeout: pick(0...2) == 0 ? 3 : nil,
                overdue: pick(0...1) == 0 ? .report : .fail, pauseAfterFailures: pick(2...4), retries: pick(0...2)))
    }
}

extension Schedule {
    /// Hardware that takes some samples at once, all at one temperature or each as it likes.
    private static func batches(_ random: inout RandomNumbers) -> BatchSettings {
        BatchSettings(
            size: Int.random(in: 2...4, using: &random), shared: random.unit() < 0.7 ? ["T"] : [],
            fill: random.unit() < 0.5 ? 0 : 3 * random.unit())
    }
}

extension Campaign {
    /// Its space, with the upper end of its range at `high`.
    func space(to high: Double) -> ParameterSpace {
        let x = Parameter(name: "x", domain: .continuous(low: 0, high: high, scale: .linear))
        let temperature = Parameter(name: "T", domain: .discrete(levels: temperatures, scale: .linear))
        return ParameterSpace(batches == nil ? [x] : [x, temperature])
    }

    /// The temperatures that its hardware can have.
    var temperatures: [Double] { [100, 200] }
}

extension CampaignName {
    static let simulated: CampaignName = {
        guard let name = try? CampaignName("simulated") else { preconditionFailure("the name is valid") }
        return name
    }()
}

/// Recommends points that depend on what is known and nothing else, as a planner does; quickly.
struct SimulatedPlanner: Planner {
    let initial: Int
    /// It proposes up to here.
    let high: Double
    /// The temperatures to choose from; none where there is no such parameter.
    let temperatures: [Double]
    var learns: Bool { true }

    func recommend(_ count: Int, given input: PlannerInput) throws -> [Recommendation] {
        let known = input.observations.count + input.pending.count + input.failed.count + input.accidents.count
        return (0..<count).map { index in
            var random = RandomNumbers(seed: 1, input.observations.count, known + index)
            let isLimited = input.only?.values["x"] != nil
            var point: Point = ["x": .number(isLimited ? random.unit() / 2 : random.unit() * high)]
            // Points of one batch go with the first one.
            let possible = temperatures.filter { input.only?.admits(["T": .number($0)]) ?? true }
            if !possible.isEmpty { point["T"] = .number(possible[Int.random(in: 0..<possible.count, using: &random)]) }
            return Recommendation(
                parameters: point,
                origin: known + index < initial ? .initial : .planned,
                explanation: nil)
        }
    }
}

/// Lasts a while in virtual time, fails now and then, and always at some places, and gives every measurement its own value.
struct SimulatedInstrument: Instrument {
    let world: World
    let life: Life
    /// What it can measure.
    let only: Capability?
    /// Whether it may take minutes.
    let isSilent: Bool
    /// Every measurement above it fails.
    private static let wall = 0.9

    func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        world.note("\(life.name) begins \(job.id)")
        world.state.withLock { $0.measuring += 1 }
        defer { world.state.withLock { $0.measuring -= 1 } }
        world.begins(job, life)
        if let only, !only.admits(job.parameters) { world.violated("\(life.name) measures \(job.id), which it cannot") }
        try await world.dependencies(of: life).sleep(.seconds(world.uniform(0...2)))
        if isSilent, world.strikes(.slow, 0.1) {
            try await world.dependencies(of: life).sleep(.seconds(world.uniform(60...200)))
        }
        if world.chance(0.2) { report(MeasurementStep(fraction: 0.5, note: "half")) }
        try await world.dependencies(of: life).sleep(.seconds(world.uniform(0...2)))
        if world.strikes(.giveBack, 0.03) {
            world.mayRunAgain(job.id)
            throw JobReturned("simulated")
        }
        if job.parameters["x"]?.number ?? 0 > Self.wall { throw MeasurementFailure("simulated", kind: .infeasible) }
        if world.strikes(.fail, 0.1) {
            throw MeasurementFailure("simulated", kind: world.chance(0.5) ? .accident : nil)
        }
        let value = world.nextValue
        world.note("\(life.name) measured \(job.id) as \(value)")
        return ["y": value]
    }
}
