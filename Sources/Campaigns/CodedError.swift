/// An error that programs can tell from others without reading its sentence.
public protocol CodedError: Error {
    /// What is wrong, as one word of a fixed list: `disk-full`, `campaign-held`.
    var code: String { get }
}

extension Refusal: CodedError {
    public var code: String { details.code }
}

extension CampaignFileError: CodedError {
    public var code: String { "invalid-campaign-file" }
}

extension CampaignName.InvalidName: CodedError {
    public var code: String { "invalid-campaign-name" }
}
