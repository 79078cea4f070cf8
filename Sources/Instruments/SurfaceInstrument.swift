import Campaigns
import Foundation
import Planners
import ServiceRuntime
import Surrogates
import WorkerService

/// A built-in surface that takes its time, makes noise and fails now and then, as it is told.
public struct SurfaceInstrument: Instrument {
    private let surface: Surface
    private let settings: InstrumentSettings
    private let speed: Double
    private let dependencies: Dependencies

    /// The surface that `settings` name; durations are divided by `speed`. Throws ``UnknownSurface``.
    public init(_ settings: InstrumentSettings, speed: Double = 1, dependencies: Dependencies = .real) throws {
        let name = settings.surface ?? ""
        guard let surface = Surface.named(name) else { throw UnknownSurface(name: name) }
        self.surface = surface
        self.settings = settings
        self.speed = speed
        self.dependencies = dependencies
    }

    public func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        var random = RandomNumbers(seed: dependencies.random())
        try await wait(&random)
        return try value(job, &random)
    }

    public func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        guard settings.batch == true else { return try await measureOneByOne(batch, report: report, outcome: outcome) }
        var random = RandomNumbers(seed: dependencies.random())
        try await wait(&random)
        for sample in batch.experiments { outcome(sample.id, Result { try value(sample, &random) }) }
    }

    private func wait(_ random: inout RandomNumbers) async throws {
        let (low, high) = (settings.duration.lowerBound, settings.duration.upperBound)
        let seconds = (low + (high - low) * random.unit()) / speed
        if seconds > 0 { try await dependencies.sleep(.seconds(seconds)) }
    }

    private func value(_ job: Job, _ random: inout RandomNumbers) throws -> MeasurementResult {
        if random.unit() < settings.failure {
            throw MeasurementFailure("the surface was told to fail with a chance of \(settings.failure.shortest)")
        }
        guard job.objectives.count == 1, let objective = job.objectives.first else {
            throw MeasurementFailure("a surface measures one objective, not \(job.objectives.count)")
        }
        let noise = settings.noise > 0 ? settings.noise * random.normal() : 0
        return [objective: surface.value(try surface.arguments(job.parameters)) + noise]
    }

    /// Throws ``InstrumentUnusable`` if the surface cannot measure the campaign: another number of parameters or objectives, or an option.
    public func require(_ campaign: Campaign) throws(InstrumentUnusable) {
        guard campaign.objectives.count == 1 else {
            throw InstrumentUnusable("a surface measures one objective, the campaign has \(campaign.objectives.count)")
        }
        do {
            let middle = campaign.space.parameters.map { ($0.name, $0.value(unit: 0.5)) }
            _ = try surface.arguments(Point(uniqueKeysWithValues: middle))
        } catch {
            throw InstrumentUnusable("\(error)")
        }
    }
}

extension Surface {
    /// The numbers of a point in the order of their names: x2 stands before x10.
    fileprivate func arguments(_ point: Point) throws(MeasurementFailure) -> [Double] {
        var numbers: [Double] = []
        for name in point.keys.sorted(by: { $0.compare($1, options: .numeric) == .orderedAscending }) {
            guard let number = point[name]?.number else {
                throw MeasurementFailure("the surface \(self.name) takes numbers only, but \(name) is categorical")
            }
            numbers.append(number)
        }
        if let dimensions, numbers.count != dimensions {
            throw MeasurementFailure("the surface \(name) takes \(dimensions) numbers, not \(numbers.count)")
        }
        return numbers
    }
}

/// A name that no surface has.
public struct UnknownSurface: Error, CustomStringConvertible {
    let name: String
    public var description: String {
        "there is no surface \"\(name.prefix(80))\"; there are \(Surface.all.map(\.name).joined(separator: ", "))"
    }
}

extension UnknownSurface: CodedError {
    public var code: String { "unknown-surface" }
}
