import CNLopt

/// Minimizes a smooth function in a box: L-BFGS of NLopt (Nocedal 1980, Liu and Nocedal 1989); in a polytope: its SLSQP (Kraft 1994).
public enum Minimizer {
    /// What came out.
    public struct Outcome: Sendable {
        /// The best point that was met.
        public let point: [Double]
        /// The function's value there.
        public let value: Double
        /// How often the function was evaluated.
        public let evaluations: Int
        /// Whether the search stopped for it had found a minimum, or as good as one.
        public let hasConverged: Bool
    }

    /// A linear function of a point, `slope` times it plus `constant`.
    public struct Linear: Sendable {
        let slope: [Double]
        let constant: Double

        /// The function of a slope and a constant.
        public init(slope: [Double], constant: Double) { (self.slope, self.constant) = (slope, constant) }

        func value(_ point: [Double]) -> Double { constant + dot(slope, point) }
    }

    /// Linear functions that must be 0, and those that must be at most 0.
    public struct Polytope: Sendable {
        let zero: [Linear]
        let atMostZero: [Linear]

        /// The points where all of them are.
        public init(zero: [Linear] = [], atMostZero: [Linear] = []) {
            (self.zero, self.atMostZero) = (zero, atMostZero)
        }

        var isEverything: Bool { zero.isEmpty && atMostZero.isEmpty }

        func contains(_ point: [Double]) -> Bool {
            zero.allSatisfy { abs($0.value(point)) <= Self.tolerance }
                && atMostZero.allSatisfy { $0.value(point) <= Self.tolerance }
        }

        private static let tolerance = 1e-9
    }

    /// Minimizes `function` from `start`, a point of `polytope`, within `low` and `high`, with at most `limit` evaluations.
    ///
    /// `function` gets a point, fills in the gradient and returns the value; one that is not finite counts as very large.
    /// The best point met counts, also when the search itself gives up.
    public static func minimize(
        from start: [Double], low: [Double], high: [Double], limit: Int, tolerance: Double = 1e-6,
        in polytope: Polytope = Polytope(),
        _ function: @escaping (_ point: [Double], _ gradient: inout [Double]) -> Double
    ) -> Outcome {
        let problem = Problem(start: start, polytope: polytope, function: function)
        let algorithm = polytope.isEverything ? NLOPT_LD_LBFGS : NLOPT_LD_SLSQP
        guard !start.isEmpty, let optimizer = nlopt_create(algorithm, UInt32(start.count)) else {
            var gradient = [Double]()
            return Outcome(point: start, value: function(start, &gradient), evaluations: 1, hasConverged: true)
        }
        defer { nlopt_destroy(optimizer) }
        nlopt_set_lower_bounds(optimizer, low)
        nlopt_set_upper_bounds(optimizer, high)
        nlopt_set_maxeval(optimizer, Int32(limit))
        nlopt_set_ftol_rel(optimizer, tolerance)
        nlopt_set_ftol_abs(optimizer, tolerance * 1e-2)
        nlopt_set_xtol_abs1(optimizer, 1e-7)
        nlopt_set_vector_storage(optimizer, 10)
        return withExtendedLifetime(problem) {
            nlopt_set_min_objective(
                optimizer,
                { count, point, gradient, context in
                    guard let point, let context else { return .infinity }
                    let problem = Unmanaged<Problem>.fromOpaque(context).takeUnretainedValue()
                    return problem.evaluate(UnsafeBufferPointer(start: point, count: Int(count)), gradient)
                }, Unmanaged.passUnretained(problem).toOpaque())
            problem.addConstraints(to: optimizer)
            var point = zip(start, zip(low, high)).map { min(max($0, $1.0), $1.1) }
            var value = 0.0
            let status = nlopt_optimize(optimizer, &point, &value)
            return Outcome(
                point: problem.best, value: problem.bestValue, evaluations: problem.evaluations,
                hasConverged: status.rawValue > 0 && status != NLOPT_MAXEVAL_REACHED)
        }
    }

    /// What NLopt calls back; lives on one thread for the length of one search.
    private final class Problem {
        private let function: (_ point: [Double], _ gradient: inout [Double]) -> Double
        private let polytope: Polytope
        private(set) var best: [Double]
        private(set) var bestValue = Double.infinity
        private(set) var evaluations = 0

        init(
            start: [Double], polytope: Polytope,
            function: @escaping (_ point: [Double], _ gradient: inout [Double]) -> Double
        ) {
            best = start
            self.polytope = polytope
            self.function = function
        }

        func addConstraints(to optimizer: nlopt_opt) {
            let context = Unmanaged.passUnretained(self).toOpaque()
            if !polytope.zero.isEmpty {
                _ = nlopt_add_equality_mconstraint(
                    optimizer, UInt32(polytope.zero.count),
                    { _, values, count, point, gradient, context in
                        Problem.fill(values, gradient, point, count, context, \.zero)
                    }, context, nil)
            }
            if !polytope.atMostZero.isEmpty {
                _ = nlopt_add_inequality_mconstraint(
                    optimizer, UInt32(polytope.atMostZero.count),
                    { _, values, count, point, gradient, context in
                        Problem.fill(values, gradient, point, count, context, \.atMostZero)
                    }, context, nil)
            }
        }

        private static func fill(
            _ values: UnsafeMutablePointer<Double>?, _ gradient: UnsafeMutablePointer<Double>?,
            _ point: UnsafePointer<Double>?, _ count: UInt32, _ context: UnsafeMutableRawPointer?,
            _ which: (Polytope) -> [Linear]
        ) {
            guard let values, let point, let context else { return }
            let problem = Unmanaged<Problem>.fromOpaque(context).takeUnretainedValue()
            let x = Array(UnsafeBufferPointer(start: point, count: Int(count)))
            for (row, linear) in which(problem.polytope).enumerated() {
                values[row] = linear.value(x)
                guard let gradient else { continue }
                for (column, slope) in linear.slope.enumerated() { gradient[row * x.count + column] = slope }
            }
        }

        func evaluate(_ point: UnsafeBufferPointer<Double>, _ gradient: UnsafeMutablePointer<Double>?) -> Double {
            evaluations += 1
            let x = Array(point)
            var slope = [Double](repeating: 0, count: x.count)
            let value = function(x, &slope)
            guard value.isFinite, slope.allSatisfy(\.isFinite) else {
                // Large and flat: the line search steps back.
                if let gradient { for index in slope.indices { gradient[index] = 0 } }
                return 1e100
            }
            if let gradient { for index in slope.indices { gradient[index] = slope[index] } }
            if value < bestValue, polytope.contains(x) { (best, bestValue) = (x, value) }
            return value
        }
    }
}
