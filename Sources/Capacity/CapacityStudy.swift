import Campaigns
import Foundation
import Monitoring
import ServiceRuntime

/// How a campaign goes with more and fewer workers, in virtual time.
public struct CapacityStudy: Encodable, Sendable {
    /// What came of one number of workers; medians over the seeds.
    public struct Row: Encodable, Sendable {
        public let workers: Int
        /// How long the campaign lasts, in seconds.
        public let seconds: Double
        /// Measuring time over the time that workers were there.
        public let utilization: Double
        /// The best value in the end: its median, and its quartiles.
        public let best: Double
        public let quartiles: [Double]
        public let measured: Int
        /// After how many seconds it is as good as ``CapacityStudy/goal``.
        public let secondsToGoal: Double?

        private enum CodingKeys: String, CodingKey {
            case workers, seconds, utilization, best, quartiles, measured
            case secondsToGoal = "seconds_to_goal"
        }
    }

    /// What was measured, in words.
    public let measures: String
    public let seeds: Int
    public let rows: [Row]
    /// A value that every number of workers reaches in the median.
    public let goal: Double?
    /// The least number of workers that no larger one beats by a tenth of the time to the ``goal``; nil where the largest one is the fastest.
    public let enough: Int?

    /// A duration in one unit, with two or three digits: rows are compared.
    public static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<100: "\(seconds.rounded(significant: 2).shortest) s"
        case ..<6000: "\((seconds / 60).rounded(significant: 3).shortest) min"
        case ..<360_000: "\((seconds / 3600).rounded(significant: 3).shortest) h"
        default: "\((seconds / 86_400).rounded(significant: 3).shortest) d"
        }
    }

    /// One trial that is over.
    private struct Outcome: Sendable {
        let workers: Int
        let seconds: Double
        let utilization: Double
        /// The best value after each measurement, and when it ended.
        let progress: [(seconds: Double, best: Double)]
    }

    /// Runs a campaign `seeds` times with each number of workers, from its beginning, on `threads` threads; `progress` is told how many of all trials are
    /// over. Cost: that of all its recommendations. Throws what planners and instruments throw.
    public init(
        of campaign: Campaign, workers: [Int], seeds: Int, by standIn: StandIn,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws {
        var trials: [Trial] = []
        for count in workers {
            for seed in 1...seeds {
                var campaign = campaign
                campaign.planner.seed &+= UInt64(seed - 1)
                trials.append(
                    Trial(
                        campaign: campaign, workers: count, seed: UInt64(seed), instrument: standIn.instrument))
            }
        }
        let outcomes = try await Self.outcomes(of: trials, threads, progress)
        measures = standIn.description
        self.seeds = seeds
        let objective = campaign.objectives.first
        let sign: (Double) -> Double = { objective?.goal == .maximize ? -$0 : $0 }
        // The worst of the medians: all others are better somewhen before their end.
        let finals = workers.map { count in
            Self.median(outcomes.filter { $0.workers == count }.compactMap { $0.progress.last.map { sign($0.best) } })
        }
        let worst = finals.compactMap(\.self).max()
        goal = worst.map(sign)
        rows = workers.compactMap { count in
            let own = outcomes.filter { $0.workers == count }
            let best = own.compactMap { $0.progress.last.map { sign($0.best) } }.sorted()
            guard let middle = Self.median(best), let seconds = Self.median(own.map(\.seconds)),
                let utilization = Self.median(own.map(\.utilization))
            else { return nil }
            let quarters = [0.25, 0.75].map { sign(best[Int((Double(best.count - 1) * $0).rounded())]) }.sorted()
            let toGoal = own.map { outcome in
                outcome.progress.first { sign($0.best) <= (worst ?? 0) }?.seconds ?? .infinity
            }
            return Row(
                workers: count, seconds: seconds, utilization: utilization, best: sign(middle), quartiles: quarters,
                measured: own.map(\.progress.count).max() ?? 0,
                secondsToGoal: Self.median(toGoal).flatMap { $0.isFinite ? $0 : nil })
        }
        enough = Self.enough(rows)
    }

    /// The least number of workers that no larger one beats by a tenth.
    private static func enough(_ rows: [Row]) -> Int? {
        rows.enumerated().first { index, row in
            guard let own = row.secondsToGoal, index + 1 < rows.count else { return false }
            return rows[(index + 1)...].allSatisfy { ($0.secondsToGoal ?? .infinity) > 0.9 * own }
        }?.element.workers
    }

    private static func outcomes(
        of trials: [Trial], _ threads: Int, _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> [Outcome] {
        // Each is one thread's work.
        let width = max(1, min(trials.count, threads))
        return try await withThrowingTaskGroup(of: Outcome.self) { group in
            var waiting = trials[...]
            func begin(_ trial: Trial) {
                group.addTask { try await ThreadOffloading().run { try Self.outcome(of: trial) } }
            }
            for trial in waiting.prefix(width) { begin(trial) }
            waiting = waiting.dropFirst(width)
            var outcomes: [Outcome] = []
            while let outcome = try await group.next() {
                try Task.checkCancellation()
                outcomes.append(outcome)
                progress(outcomes.count, trials.count)
                if let next = waiting.popFirst() { begin(next) }
            }
            return outcomes
        }
    }

    private static func outcome(of trial: Trial) throws -> Outcome {
        let state = try trial.run()
        let began = state.openedAt ?? 0
        let name = trial.campaign.objectives.first?.name ?? ""
        let best = state.bestSoFar(for: trial.campaign.objectives)
        let ends = state.observations.compactMap { $0.job.flatMap { state.jobs[$0]?.measurement?.ended } }
        guard best.count == ends.count, !best.isEmpty else {
            throw Trial.Stuck(
                description:
                    "with \(trial.workers) workers nothing was measured of \(name): \(state.phase.reason ?? "")")
        }
        return Outcome(
            workers: trial.workers, seconds: (ends.max() ?? began) - began,
            utilization: Utilization(state, barrier: trial.campaign.planner.initialDesign.wait).ratio ?? 0,
            progress: zip(ends, best).map { ($0 - began, $1) })
    }

    private static func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
