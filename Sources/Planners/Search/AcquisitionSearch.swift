import Campaigns
import Surrogates

/// Coordinates with their acquisition.
struct Candidate {
    var coordinates: [Double]
    var value: Double
    /// The very point, where constraints hold at no other one.
    var point: Point?
}

/// The largest finite space that is evaluated whole.
private let enumerable = 50_000

/// Looks for the point of the space with the best acquisition.
///
/// A finite space of moderate size is evaluated whole. Else: scrambled Sobol points and perturbations of the best observations are
/// rated, by one or two samples of the hyperparameters first and the better ones by all of them, and the best few refined, by L-BFGS in
/// the continuous parameters and by exhaustive one-step moves in the finite ones, in turn (Daulton et al. 2022, arXiv 2210.10199).
struct AcquisitionSearch<Acquisition: AcquisitionFunction> {
    let map: FeatureMap
    let acquisition: Acquisition
    /// What may be proposed.
    let feasible: FeasibleSet
    let searchBudget: SearchBudget
    /// Coordinates of the best observations, best first.
    var elite: [[Double]] = []
    /// The prior of where optima lie.
    var interior = BoundaryPrior(0, parameters: 0, observations: 0)
    /// What the cost of an experiment takes; nil where all cost the same.
    var cost: CostWeight?
    /// Whether gradients are followed within linear constraints.
    var followsPolytope = true
    /// Where to search; nil is everywhere.
    var region: TrustRegion?

    init(map: FeatureMap, acquisition: Acquisition, feasible: FeasibleSet, searchBudget: SearchBudget) {
        self.map = map
        self.acquisition = acquisition
        self.feasible = feasible
        self.searchBudget = searchBudget
    }

    /// The best point that is found and not `taken`; nil if there is none.
    func best(seed: UInt64, taken: (_ coordinates: [Double]) -> Bool) -> Candidate? {
        if let rows = feasible.rows { return best(among: rows, seed: seed, taken: taken) }
        if let set = feasible.constrained { return best(in: set, seed: seed, taken: taken) }
        if let cardinality = map.space.cardinality, cardinality <= enumerable {
            let all = (0..<cardinality).map { map.coordinates(of: map.space.point(at: $0)) }
                .filter { feasible.contains($0) && !taken($0) }
            return best(of: rated(screened(all)), taken)
        }
        let rated = rated(screened(candidates(seed))).sorted { $0.value > $1.value }
        let found = distinct(rated, searchBudget.refined).map(refined)
        return best(of: found + rated, taken)
    }

    func best(of candidates: [Candidate], _ taken: ([Double]) -> Bool) -> Candidate? {
        candidates.sorted { $0.value > $1.value }.first { $0.value > -.infinity && !taken($0.coordinates) }
    }

    private func candidates(_ seed: UInt64) -> [[Double]] {
        var random = RandomNumbers(seed: seed)
        let sobol = SobolSequence(dimensions: map.space.parameters.count, seed: random.next())
        guard let region else {
            let points = (0..<searchBudget.sobolPoints).map { map.coordinates(unit: sobol[$0]) }
            return points.map(feasible.squeezed) + perturbations(&random).map(feasible.clamped)
        }
        return (0..<searchBudget.sobolPoints).map { feasible.clamped(region.coordinates(unit: sobol[$0], map)) }
    }

    func rated(_ coordinates: [[Double]]) -> [Candidate] { rated(coordinates, acquisition) }

    private func rated(_ coordinates: [[Double]], _ acquisition: Acquisition) -> [Candidate] {
        guard !coordinates.isEmpty else { return [] }
        let features = Matrix(
            rows: coordinates.count, columns: map.metrics.count, elements: coordinates.flatMap(map.features(at:)))
        return zip(coordinates, acquisition.values(features)).map {
            Candidate(coordinates: $0, value: $1 + beside($0))
        }
    }

    /// What is added to the acquisition at some coordinates.
    func beside(_ coordinates: [Double]) -> Double {
        interior.value(coordinates, map) + (cost?.value(coordinates, map) ?? 0)
    }

    /// The derivative of what is added by one continuous coordinate.
    func slopeBeside(_ coordinates: [Double], _ index: Int) -> Double {
        interior.slope(coordinates[index], index) + (cost?.slope(coordinates, index, map) ?? 0)
    }

    /// The candidates that are worth rating by all samples of the hyperparameters.
    func screened(_ coordinates: [[Double]]) -> [[Double]] {
        guard coordinates.count > searchBudget.rated, let screen = acquisition.screening(by: searchBudget.screening)
        else { return coordinates }
        return rated(coordinates, screen).sorted { $0.value > $1.value }.prefix(searchBudget.rated).map(\.coordinates)
    }

    /// The best observations, moved a little in some of their parameters, at several scales.
    private func perturbations(_ random: inout RandomNumbers) -> [[Double]] {
        let cardinalities = map.cardinalities
        var moved: [[Double]] = []
        for center in elite {
            for scale in [0.2, 0.05, 0.01, 0.002] {
                for _ in 0..<searchBudget.perturbations {
                    var coordinates = center
                    // Few parameters at a time in high dimensions, as in coordinate-wise trust regions.
                    let chance = min(1, max(0.3, 6 / Double(coordinates.count)))
                    for index in coordinates.indices where random.unit() < chance {
                        if let count = cardinalities[index] {
                            if random.unit() < 0.3 { coordinates[index] = Double(Int(random.unit() * Double(count))) }
                        } else {
                            coordinates[index] = min(1, max(0, coordinates[index] + scale * random.normal()))
                        }
                    }
                    moved.append(coordinates)
                }
            }
        }
        return moved
    }

    /// The first `count` that are not near one another.
    func distinct(_ candidates: [Candidate], _ count: Int) -> [Candidate] {
        var chosen: [Candidate] = []
        for candidate in candidates where chosen.count < count {
            let near = chosen.contains { other in
                zip(candidate.coordinates, other.coordinates).allSatisfy { abs($0 - $1) < 0.02 }
            }
            if !near { chosen.append(candidate) }
        }
        return chosen
    }

    private func refined(_ candidate: Candidate) -> Candidate {
        var current = candidate
        for _ in 0..<(map.continuous.count == map.space.parameters.count ? 1 : 3) {
            let before = current.value
            current = stepped(climbed(current))
            guard current.value > before + 1e-9 else { break }
        }
        return current
    }

    /// L-BFGS in the continuous parameters.
    private func climbed(_ candidate: Candidate) -> Candidate {
        let (parameters, places) = (map.continuous, map.continuousFeatures)
        guard !parameters.isEmpty else { return candidate }
        var coordinates = candidate.coordinates
        let bounds = parameters.map { feasible.bounds($0, in: region) }
        let outcome = Minimizer.minimize(
            from: parameters.map { coordinates[$0] }, low: bounds.map(\.low), high: bounds.map(\.high),
            limit: searchBudget.evaluations
        ) { point, gradient in
            var moved = candidate.coordinates
            for (parameter, value) in zip(parameters, point) { moved[parameter] = value }
            let (value, slope) = acquisition.value(at: map.features(at: moved))
            for (index, place) in places.enumerated() {
                gradient[index] = -slope[place] - slopeBeside(moved, parameters[index])
            }
            return -value - beside(moved)
        }
        guard -outcome.value > candidate.value else { return candidate }
        for (parameter, value) in zip(parameters, outcome.point) { coordinates[parameter] = value }
        return Candidate(coordinates: coordinates, value: -outcome.value)
    }

    /// The best of all moves of one finite parameter: to any value of a short list, else to near ones.
    private func stepped(_ candidate: Candidate) -> Candidate {
        var moves: [[Double]] = []
        for (index, cardinality) in map.cardinalities.enumerated() {
            guard let cardinality else { continue }
            let here = Int(candidate.coordinates[index])
            let categorical = if case .categorical = map.space.parameters[index].domain { true } else { false }
            let targets =
                categorical || cardinality <= 20
                ? Array(0..<min(cardinality, 500))
                : [1, 2, 4, 8, 16].flatMap { [here - $0, here + $0] }.filter { (0..<cardinality).contains($0) }
            for target in targets where target != here && feasible.admits(target, of: index) {
                var moved = candidate.coordinates
                moved[index] = Double(target)
                moves.append(moved)
            }
        }
        guard let best = rated(moves).max(by: { $0.value < $1.value }), best.value > candidate.value else {
            return candidate
        }
        return best
    }
}
