/// What somebody may do in the control room. Each role may do what those before it may.
public enum Role: String, Codable, CaseIterable, Comparable, Sendable {
    /// Reads.
    case viewer
    /// Measures by hand.
    case bench
    /// Gives orders.
    case `operator`

    public static func < (a: Role, b: Role) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .bench: 1
        case .operator: 2
        }
    }
}
