/// Data that cannot be used; ends with 65.
public struct WrongData: CodedError, CustomStringConvertible {
    public let description: String
    /// What the campaign would not take.
    public let refusal: Refusal?

    public var code: String { refusal?.code ?? "wrong-data" }

    /// Data that cannot be taken, in words.
    public init(_ description: String) { (self.description, refusal) = (description, nil) }

    /// Data that the campaign does not take, in a sentence of its own.
    public init(_ description: String, because refusal: Refusal) {
        (self.description, self.refusal) = (description, refusal)
    }

    /// Data at a place, which the campaign does not take.
    public init(_ place: String, _ refusal: Refusal) { (description, self.refusal) = ("\(place): \(refusal)", refusal) }
}
