import Campaigns
import Surrogates

/// What linear constraints leave of the continuous parameters of a space round one of its points, the others held: a polytope in coordinates.
struct LinearRoom {
    /// The parameters that can move: continuous and linear, without a resolution, and there.
    let movable: [Int]
    let polytope: Minimizer.Polytope
    private let space: ParameterSpace
    private let values: [ParameterValue]

    /// The room at some values, one for each parameter; nil where nothing can move.
    init?(at values: [ParameterValue], in moves: FeasibleMoves) {
        let space = moves.space
        let present = space.presence(at: values)
        let movable = space.parameters.indices.filter { index in
            guard present[index], space.parameters[index].resolution == nil,
                case .continuous(let low, let high, .linear) = space.parameters[index].domain
            else { return false }
            return high > low
        }
        guard !movable.isEmpty else { return nil }
        (self.movable, self.space, self.values) = (movable, space, values)
        var (zero, atMostZero): ([Minimizer.Linear], [Minimizer.Linear]) = ([], [])
        for constraint in space.constraints where constraint.names(present) {
            let forms = constraint.linearForms(parameters: space.parameters.count)
            zero += forms.zero.compactMap { Self.linear($0, movable, space, values) }
            atMostZero += forms.atMostZero.compactMap { Self.linear($0, movable, space, values) }
        }
        polytope = Minimizer.Polytope(zero: zero, atMostZero: atMostZero)
    }

    /// A form in the coordinates of what is movable, of the size of 1; nil where none of it is.
    private static func linear(
        _ form: LinearForm, _ movable: [Int], _ space: ParameterSpace, _ values: [ParameterValue]
    ) -> Minimizer.Linear? {
        var constant = form.constant
        for (index, coefficient) in form.coefficients.enumerated() where coefficient != 0 && !movable.contains(index) {
            constant += coefficient * (values[index].number ?? .nan)
        }
        var slope: [Double] = []
        for index in movable {
            guard case .continuous(let low, let high, _) = space.parameters[index].domain else { return nil }
            slope.append(form.coefficients[index] * (high - low))
            constant += form.coefficients[index] * low
        }
        guard let largest = slope.map(\.magnitude).max(), largest > 0, constant.isFinite else { return nil }
        return Minimizer.Linear(slope: slope.map { $0 / largest }, constant: constant / largest)
    }

    /// The values at some coordinates of what is movable.
    func values(at coordinates: [Double]) -> [ParameterValue] {
        var moved = values
        for (index, coordinate) in zip(movable, coordinates) {
            moved[index] = space.parameters[index].value(unit: coordinate)
        }
        return moved
    }
}
