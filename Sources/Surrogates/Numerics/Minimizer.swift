import CNLopt

/// Minimizes a smooth function in a box: L-BFGS of NLopt (Nocedal 1980, Liu and Nocedal 1989).
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

    /// Minimizes `function` from `start` within `low` and `high`, with at most `limit` evaluations.
    ///
    /// `function` gets a point, fills in the gradient and returns the value; one that is not finite counts as very large.
    /// The best point met counts, also when the search itself gives up.
    public static func minimize(
        from start: [Double], low: [Double], high: [Double], limit: Int, tolerance: Double = 1e-6,
        _ function: @escaping (_ point: [Double], _ gradient: inout [Double]) -> Double
    ) -> Outcome {
        let problem = Problem(start: start, function: function)
        guard !start.isEmpty, let optimizer = nlopt_create(NLOPT_LD_LBFGS, UInt32(start.count)) else {
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
        private(set) var best: [Double]
        private(set) var bestValue = Double.infinity
        private(set) var evaluations = 0

        init(start: [Double], function: @escaping (_ point: [Double], _ gradient: inout [Double]) -> Double) {
            best = start
            self.function = function
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
            if value < bestValue { (best, bestValue) = (x, value) }
            return value
        }
    }
}
