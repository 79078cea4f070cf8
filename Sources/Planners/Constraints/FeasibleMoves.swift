import Campaigns
import Surrogates

/// Steps from one point of a constrained space to another, such that linear equations keep holding: what one parameter gains, another
/// one loses. Every point that comes out satisfies all constraints strictly, as the numbers are.
struct FeasibleMoves: Sendable {
    let space: ParameterSpace
    /// The linear equations among the constraints.
    let equations: [LinearForm]
    private let parameters: [Parameter]

    init(_ space: ParameterSpace) {
        self.space = space
        parameters = space.parameters
        equations = space.constraints.compactMap { $0.linearEquation(parameters: space.parameters.count) }
    }

    /// Whether all constraints hold, strictly.
    func holds(_ values: [ParameterValue]) -> Bool { space.violated(by: values) == nil }

    /// A point near `values`, or anywhere for a `scale` of 1; nil where the try is not feasible.
    func step(from values: [ParameterValue], scale: Double, _ random: inout RandomNumbers) -> [ParameterValue]? {
        var moved = values
        // Few parameters at a time in high dimensions.
        let count = random.unit() < 0.5 ? 1 : 1 + Int(random.unit() * Double(min(4, parameters.count)))
        for _ in 0..<count { change(&moved, scale, &random) }
        settle(&moved, after: values, &random)
        return moved != values && holds(moved) ? moved : nil
    }

    /// A point that lies from `values` in the direction of one known point as seen from another: along a set that is thin, such as a plane that
    /// inequalities make (differential evolution's step, ter Braak 2006). Nil where the try is not feasible.
    func step(
        from values: [ParameterValue], along one: [ParameterValue], _ other: [ParameterValue], scale: Double,
        _ random: inout RandomNumbers
    ) -> [ParameterValue]? {
        let length = scale * random.normal()
        let present = space.presence(at: values)
        let moved = parameters.indices.map { index in
            guard present[index], case .continuous(let low, let high, _) = parameters[index].domain,
                let here = values[index].number,
                let to = one[index].number, let from = other[index].number
            else { return values[index] }
            let next = min(high, max(low, here + length * (to - from)))
            return .number(parameters[index].settable(next, from: low, to: high))
        }
        return moved != values && holds(moved) ? moved : nil
    }

    /// Gives parameters that are absent their stand-in, and those that were and are no longer a value by chance.
    func settle(_ moved: inout [ParameterValue], after before: [ParameterValue], _ random: inout RandomNumbers) {
        guard space.hasConditions else { return }
        let present = space.presence(at: before)
        // One that appears may make others appear.
        for index in parameters.indices where !present[index] && space.presence(at: moved)[index] {
            moved[index] = parameters[index].value(unit: random.unit())
        }
        moved = space.settled(moved)
    }

    /// Gives one parameter another value, and others what the equations then ask for.
    func change(_ values: inout [ParameterValue], _ scale: Double, _ random: inout RandomNumbers) {
        let index = Int(random.unit() * Double(parameters.count))
        values[index] = proposal(for: index, near: values[index], scale, &random)
        balance(&values, keeping: index, &random)
    }

    /// Restores equations that a new value of a parameter broke, each by another parameter of it, chosen by chance.
    private func balance(_ values: inout [ParameterValue], keeping index: Int, _ random: inout RandomNumbers) {
        var fixed: Set = [index]
        for equation in equations {
            let gap = equation.value(at: values)
            guard abs(gap) > 1e-12 else { continue }
            let free = parameters.indices.filter {
                equation.coefficients[$0] != 0 && !fixed.contains($0) && values[$0].number != nil
            }
            guard !free.isEmpty else { return }
            let partner = free[Int(random.unit() * Double(free.count))]
            guard let number = values[partner].number,
                let solved = parameters[partner].valueNext(to: number - gap / equation.coefficients[partner])
            else { return }
            values[partner] = solved
            fixed.insert(partner)
        }
    }

    /// Some values with the last digits such that the linear equations hold to the very numbers.
    func balanced(_ values: [ParameterValue]) -> [ParameterValue] {
        var balanced = values
        for equation in equations {
            let gap = equation.value(at: balanced)
            guard gap != 0, abs(gap) < 1e-6 else { continue }
            for index in parameters.indices where equation.coefficients[index] != 0 {
                guard let number = balanced[index].number,
                    let next = parameters[index].valueNext(to: number - gap / equation.coefficients[index])
                else { continue }
                balanced[index] = next
                break
            }
        }
        return balanced
    }

    private func proposal(
        for index: Int, near value: ParameterValue, _ scale: Double, _ random: inout RandomNumbers
    ) -> ParameterValue {
        let parameter = parameters[index]
        guard scale < 1 else { return parameter.value(unit: random.unit()) }
        switch parameter.domain {
        case .listed: return value
        case .categorical: return random.unit() < 0.3 ? parameter.value(unit: random.unit()) : value
        case .discrete(let levels, _):
            guard let here = parameter.index(of: value) else { return parameter.value(unit: random.unit()) }
            let reach = max(1, (scale * Double(levels.count)).rounded(.up))
            let step = Int((reach * (2 * random.unit() - 1)).rounded(.awayFromZero))
            return parameter.value(at: min(levels.count - 1, max(0, here + step))) ?? value
        case .continuous(let low, let high, let scaling):
            guard let number = value.number else { return value }
            // Now and then onto an end of the range: there optima are, and components that are left out.
            if random.unit() < 0.1 { return .number(random.unit() < 0.5 ? low : high) }
            let next =
                scaling == .log
                ? number * power(high / low, scale * random.normal()) : number + (high - low) * scale * random.normal()
            return .number(parameter.settable(min(high, max(low, next)), from: low, to: high))
        }
    }

    private func power(_ base: Double, _ exponent: Double) -> Double {
        Expression.Arithmetic.power.apply(base, exponent)
    }
}

extension LinearForm {
    /// What it comes to at some values.
    func value(at values: [ParameterValue]) -> Double {
        zip(coefficients, values).reduce(constant) { sum, pair in
            pair.0 == 0 ? sum : sum + pair.0 * (pair.1.number ?? .nan)
        }
    }
}

extension Parameter {
    /// The value at `number`, where the parameter can be set to it (but for the last digits); nil where it cannot.
    func valueNext(to number: Double) -> ParameterValue? {
        switch domain {
        case .continuous(let low, let high, _):
            let room = 1e-9 * max(abs(low), abs(high))
            guard number >= low - room, number <= high + room else { return nil }
            let inside = min(high, max(low, number))
            let settable = settable(inside, from: low, to: high)
            return abs(settable - inside) <= room ? .number(settable) : nil
        case .discrete(let levels, _):
            let room = 1e-9 * max(abs(levels[0]), abs(levels[levels.count - 1]))
            return levels.first { abs($0 - number) <= room }.map { .number($0) }
        case .categorical, .listed: return nil
        }
    }
}
