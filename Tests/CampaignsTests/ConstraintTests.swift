import Campaigns
import Foundation
import Support
import Testing

@Suite("A constraint")
struct ConstraintTests {
    private static let parameters = [
        Parameter(name: "a", domain: .continuous(low: 0, high: 1, scale: .linear)),
        Parameter(name: "b", domain: .continuous(low: 0, high: 1, scale: .linear)),
        Parameter(name: "flow rate", domain: .continuous(low: 1, high: 9, scale: .linear)),
        Parameter(name: "T", domain: .discrete(levels: [20, 40, 60, 80], scale: .linear)),
        Parameter(name: "solvent", domain: .categorical(options: ["water", "THF", "2-MeTHF"], descriptors: nil)),
    ]

    private func holds(
        _ text: String, a: Double = 0, b: Double = 0, flow: Double = 1, T: Double = 20, solvent: String = "water",
        isTolerant: Bool = false
    ) throws -> Bool {
        try Constraint(text, over: Self.parameters).holds(
            at: [.number(a), .number(b), .number(flow), .number(T), .option(solvent)], isTolerant: isTolerant)
    }

    @Test("computes as it is written: powers, signs, products, sums, comparisons, not, and, or, if")
    func precedence() throws {
        #expect(try holds("1 + 2 * 3 ^ 2 == 19"))
        #expect(try holds("-2 ^ 2 == -4"))
        #expect(try holds("2 ^ 3 ^ 2 == 512"))
        #expect(try holds("(1 + 2) * 3 - 4 / 2 == 7"))
        #expect(try holds("not 1 > 2 and 1 < 2 or 1 > 2"))
        #expect(try holds("0 <= a <= 1", a: 0.5) && !holds("0 <= a <= 0.2", a: 0.5))
        #expect(try holds("exp(0) + log(1) + sqrt(4) + abs(-1) + min(3, 2) + max(1, 2) + count(1, 0, 2) == 10"))
        #expect(try holds("a · 2 ≤ 1 and b ≠ 1", a: 0.5))
    }

    @Test(
        "compares options of categorical parameters, with or without quotes, and names with blanks between backquotes")
    func options() throws {
        let text = "solvent != THF or T <= 60"
        #expect(try holds(text, T: 80) && !holds(text, T: 80, solvent: "THF") && holds(text, T: 60, solvent: "THF"))
        let conditional = "if solvent == '2-MeTHF' then `flow rate` < 5"
        #expect(try holds(conditional, flow: 9) && !holds(conditional, flow: 5, solvent: "2-MeTHF"))
        #expect(try holds(conditional, flow: 4.9, solvent: "2-MeTHF"))
    }

    @Test(
        "takes numbers for equal that decimal fractions make equal, and is strict about the rest unless asked otherwise"
    )
    func tolerance() throws {
        #expect(try holds("a + b + 0.1 == 1", a: 0.7, b: 0.2))
        #expect(try !holds("a + b + 0.1 == 1", a: 0.7, b: 0.2001))
        #expect(try !holds("a + b <= 0.3", a: 0.1, b: 0.2) && holds("a + b <= 0.3", a: 0.1, b: 0.2, isTolerant: true))
    }

    @Test(
        "that cannot be read is refused with the place of the mistake",
        arguments: [
            ("a + c <= 1", 5, "\"c\" is no parameter"), ("a + b = 1", 7, "equality is =="),
            ("a + b", 1, "a constraint is a comparison"), ("a + <= 1", 5, "a number or a name is expected"),
            ("solvent < THF", 1, "options have no order"), ("solvent == ethanol", 12, "is no option of solvent"),
            ("solvent + 1 > 2", 1, "is no number"), ("(a + b <= 1", 12, "\")\" is expected"),
            ("sqrt(a, b) < 1", 1, "takes one number, not 2"), ("a <= 1 b", 8, "is not expected here"),
            ("if a > 1 b < 1", 10, "\"then\" is expected"), ("not a", 5, "a comparison is expected"),
            ("`flow rate > 1", 1, "has no end"), ("", 1, "the end stands where"), ("1.2.3 < a", 1, "is no number"),
        ])
    func mistakes(text: String, column: Int, says: String) throws {
        let error = #expect(throws: ExpressionError.self) { _ = try Constraint(text, over: Self.parameters) }
        #expect(error?.column == column && error?.problem.contains(says) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(
        "does not add or compare numbers of two units, but by a factor, where a person writes it just now",
        arguments: [
            ("T + V <= 80", 5), ("T <= P", 6), ("T - 2*V + P > 1", 11), ("max(T, P) < 3", 8), ("abs(T) < abs(P)", 10),
            ("-T < P", 6), ("1 <= T <= V", 11),
        ])
    func units(text: String, column: Int) throws {
        let parameters = [("T", "C"), ("P", "kPa"), ("V", "mL"), ("x", nil)].map {
            Parameter(name: $0.0, domain: .continuous(low: 0, high: 1, scale: .linear), unit: $0.1)
        }
        let error = #expect(throws: ExpressionError.self) {
            _ = try Constraint(text, over: parameters, comparingUnits: true)
        }
        #expect(
            error?.column == column && error?.problem.contains("by a factor") == true, "\(error.map { "\($0)" } ?? "")")
        _ = try Constraint(text, over: parameters)
        for fine in [
            "2*T - P <= 40", "T + x < 3", "T * V < P", "T/V <= 3", "count(T, P) <= 1", "T < 3 or P < 2", "T - 3 < x",
        ] {
            _ = try Constraint(fine, over: parameters, comparingUnits: true)
        }
    }

    @Test("tells its linear parts: what must be 0, and what must be at most 0")
    func linearParts() throws {
        func parts(_ text: String) throws -> (zero: Int, atMostZero: Int) {
            let forms = try Constraint(text, over: Self.parameters).linearForms(parameters: Self.parameters.count)
            return (forms.zero.count, forms.atMostZero.count)
        }
        for (text, zero, atMostZero) in [
            ("a + b == 1", 1, 0), ("0 <= a <= b", 0, 2), ("not a > 0.5", 0, 1), ("not (a > 0.5 or b > 0.5)", 0, 2),
            ("a * b <= 1", 0, 0), ("a < 0.5 or b < 0.5", 0, 0), ("2*a - b/4 >= exp(0) and a * b < 1", 0, 1),
            ("a != b", 0, 0), ("solvent == THF", 0, 0),
        ] {
            #expect(try parts(text) == (zero, atMostZero), "\(text)")
        }
        let form = try Constraint("2*a >= b + 1", over: Self.parameters).linearForms(parameters: Self.parameters.count)
        #expect(form.atMostZero.first?.coefficients.prefix(2) == [-2, 1] && form.atMostZero.first?.constant == 1)
    }

    @Test("tells for a box whether it can hold there at all, and is never wrong about it")
    func ranges() throws {
        var dice = SystemRandomNumberGenerator()
        let seed = dice.next()
        var random = Dice(seed: seed)
        let texts = [
            "a + b == 1", "a * b <= 0.2", "if solvent == THF then T < 60", "count(a, b) <= 1",
            "(a - 0.5)^2 + b^2 < 0.1",
            "a / `flow rate` > 0.3", "max(a, b) - min(a, b) >= 0.5", "not (a < b and T == 40)",
            "exp(a) + log(`flow rate`) < 2",
        ]
        for text in texts {
            let constraint = try Constraint(text, over: Self.parameters)
            for _ in 0..<200 {
                func interval(_ low: Double, _ high: Double) -> (Double, Double) {
                    let ends = [Double.random(in: low...high, using: &random), .random(in: low...high, using: &random)]
                    return (ends.min() ?? low, ends.max() ?? high)
                }
                let (a, b, flow) = (interval(0, 1), interval(0, 1), interval(1, 9))
                let ranges: [ValueRange] =
                    [a, b, flow].map { .numbers(low: $0.0, high: $0.1) } + [
                        .numbers(low: 20, high: 80), .options(["water", "THF"]),
                    ]
                let values: [ParameterValue] =
                    [a, b, flow].map { .number(.random(in: $0.0...$0.1, using: &random)) }
                    + [
                        .number([20, 40, 60, 80].randomElement(using: &random) ?? 20),
                        .option(["water", "THF"].randomElement(using: &random) ?? ""),
                    ]
                if constraint.holds(at: values) {
                    #expect(constraint.canHold(in: ranges), "\(text) at \(values) in \(ranges), seed \(seed)")
                }
            }
        }
        #expect(
            try !Constraint("a + b == 3", over: Self.parameters).canHold(
                in: Self.parameters.map { ValueRange($0.domain) }))
    }

    @Test("is in a campaign's JSON as its text, and a campaign without any has no such key")
    func coding() throws {
        let space = ParameterSpace(Self.parameters, constraints: [try Constraint("a + b <= 1", over: Self.parameters)])
        let json = try JSONEncoder().encode(space)
        #expect(String(decoding: json, as: UTF8.self).contains(#""constraints":["a + b <= 1"]"#))
        #expect(try JSONDecoder().decode(ParameterSpace.self, from: json) == space)
        let plain = try JSONEncoder().encode(ParameterSpace(Self.parameters))
        #expect(!String(decoding: plain, as: UTF8.self).contains("constraints"))
    }
}
