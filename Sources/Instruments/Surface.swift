import Foundation

/// A known test function that stands in for an instrument: numbers in, one value out, to be minimized.
///
/// Definitions after Surjanovic and Bingham, Virtual Library of Simulation Experiments
/// (https://www.sfu.ca/~ssurjano/optimization.html).
public struct Surface: Sendable {
    /// The name on the command line.
    public let name: String
    /// How many numbers it takes; nil for any, at least one.
    public let dimensions: Int?
    /// Where it is usually minimized, for each number.
    public let domain: String
    /// Its least value there, as text.
    public let minimum: String
    /// The function.
    public let value: @Sendable ([Double]) -> Double

    init(
        _ name: String, _ dimensions: Int?, on domain: String, minimum: String,
        _ value: @escaping @Sendable ([Double]) -> Double
    ) {
        self.name = name
        self.dimensions = dimensions
        self.domain = domain
        self.minimum = minimum
        self.value = value
    }

    /// The surface of a name, if there is one.
    public static func named(_ name: String) -> Surface? { all.first { $0.name == name } }

    /// All of them, by name.
    public static let all: [Surface] = [
        Surface("ackley", nil, on: "-32.768...32.768", minimum: "0 at 0") { x in
            let squares = mean(x.map { $0 * $0 })
            let cosines = mean(x.map { cos(2 * .pi * $0) })
            return -20 * exp(-0.2 * squares.squareRoot()) - exp(cosines) + 20 + M_E
        },
        Surface("beale", 2, on: "-4.5...4.5", minimum: "0 at (3, 0.5)") { x in
            let (a, b) = (x[0], x[1])
            return pow(1.5 - a + a * b, 2) + pow(2.25 - a + a * b * b, 2) + pow(2.625 - a + a * b * b * b, 2)
        },
        Surface("booth", 2, on: "-10...10", minimum: "0 at (1, 3)") { x in
            pow(x[0] + 2 * x[1] - 7, 2) + pow(2 * x[0] + x[1] - 5, 2)
        },
        Surface("branin", 2, on: "x0 -5...10, x1 0...15", minimum: "0.397887 at (pi, 2.275) and two others") { x in
            let (b, c, t) = (5.1 / (4 * .pi * .pi), 5 / Double.pi, 1 / (8 * Double.pi))
            return pow(x[1] - b * x[0] * x[0] + c * x[0] - 6, 2) + 10 * (1 - t) * cos(x[0]) + 10
        },
        Surface("dixon-price", nil, on: "-10...10", minimum: "0") { x in
            var sum = pow(x[0] - 1, 2)
            for i in x.indices.dropFirst() { sum += Double(i + 1) * pow(2 * x[i] * x[i] - x[i - 1], 2) }
            return sum
        },
        Surface("goldstein-price", 2, on: "-2...2", minimum: "3 at (0, -1)") { x in
            let (a, b) = (x[0], x[1])
            let one = 19 - 14 * a + 3 * a * a - 14 * b + 6 * a * b + 3 * b * b
            let two = 18 - 32 * a + 12 * a * a + 48 * b - 36 * a * b + 27 * b * b
            return (1 + pow(a + b + 1, 2) * one) * (30 + pow(2 * a - 3 * b, 2) * two)
        },
        Surface("griewank", nil, on: "-600...600", minimum: "0 at 0") { x in
            let product = x.indices.reduce(1.0) { $0 * cos(x[$1] / Double($1 + 1).squareRoot()) }
            return x.reduce(0) { $0 + $1 * $1 } / 4000 - product + 1
        },
        Surface("hartmann3", 3, on: "0...1", minimum: "-3.86278 at (0.1146, 0.5556, 0.8525)") { x in
            hartmann(x, a: hartmann3A, p: hartmann3P)
        },
        Surface("hartmann6", 6, on: "0...1", minimum: "-3.32237") { x in hartmann(x, a: hartmann6A, p: hartmann6P) },
        Surface("himmelblau", 2, on: "-5...5", minimum: "0 at (3, 2) and three others") { x in
            pow(x[0] * x[0] + x[1] - 11, 2) + pow(x[0] + x[1] * x[1] - 7, 2)
        },
        Surface("levy", nil, on: "-10...10", minimum: "0 at 1") { x in
            let w = x.map { 1 + ($0 - 1) / 4 }
            let (first, last) = (w[0], w[w.count - 1])
            var sum = pow(sin(.pi * first), 2) + pow(last - 1, 2) * (1 + pow(sin(2 * .pi * last), 2))
            for v in w.dropLast() { sum += pow(v - 1, 2) * (1 + 10 * pow(sin(.pi * v + 1), 2)) }
            return sum
        },
        Surface("michalewicz", nil, on: "0...pi", minimum: "-1.8013 (2 numbers), -4.687658 (5), -9.66015 (10)") { x in
            var sum = 0.0
            for (i, v) in x.enumerated() { sum -= sin(v) * pow(sin(Double(i + 1) * v * v / .pi), 20) }
            return sum
        },
        Surface("rastrigin", nil, on: "-5.12...5.12", minimum: "0 at 0") { x in
            var sum = 10 * Double(x.count)
            for v in x { sum += v * v - 10 * cos(2 * .pi * v) }
            return sum
        },
        Surface("rosenbrock", nil, on: "-5...10", minimum: "0 at 1") { x in
            var sum = 0.0
            for (a, b) in zip(x, x.dropFirst()) { sum += 100 * pow(b - a * a, 2) + pow(1 - a, 2) }
            return sum
        },
        Surface("schwefel", nil, on: "-500...500", minimum: "0 at 420.9687") { x in
            418.9829 * Double(x.count) - x.reduce(0) { $0 + $1 * sin($1.magnitude.squareRoot()) }
        },
        Surface(
            "six-hump-camel", 2, on: "x0 -3...3, x1 -2...2", minimum: "-1.0316 at (0.0898, -0.7126) and its opposite"
        ) { x in
            let (a, b) = (x[0] * x[0], x[1] * x[1])
            return (4 - 2.1 * a + a * a / 3) * a + x[0] * x[1] + (-4 + 4 * b) * b
        },
        Surface("sphere", nil, on: "-5.12...5.12", minimum: "0 at 0") { x in x.reduce(0) { $0 + $1 * $1 } },
        Surface("styblinski-tang", nil, on: "-5...5", minimum: "-39.16617 a number, at -2.903534") { x in
            var sum = 0.0
            for v in x { sum += pow(v, 4) - 16 * v * v + 5 * v }
            return sum / 2
        },
        Surface("zakharov", nil, on: "-5...10", minimum: "0 at 0") { x in
            let sum = x.indices.reduce(0) { $0 + 0.5 * Double($1 + 1) * x[$1] }
            return x.reduce(0) { $0 + $1 * $1 } + pow(sum, 2) + pow(sum, 4)
        },
    ]

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func hartmann(_ x: [Double], a: [[Double]], p: [[Double]]) -> Double {
        var sum = 0.0
        for (row, weight) in [1, 1.2, 3, 3.2].enumerated() {
            var exponent = 0.0
            for i in x.indices { exponent += a[row][i] * pow(x[i] - p[row][i], 2) }
            sum -= weight * exp(-exponent)
        }
        return sum
    }

    private static let hartmann3A: [[Double]] = [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]
    private static let hartmann3P = [
        [0.3689, 0.1170, 0.2673], [0.4699, 0.4387, 0.7470], [0.1091, 0.8732, 0.5547], [0.0381, 0.5743, 0.8828],
    ]
    private static let hartmann6A: [[Double]] = [
        [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
    ]
    private static let hartmann6P = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
}
