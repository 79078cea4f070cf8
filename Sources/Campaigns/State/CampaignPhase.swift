/// What a state of a campaign is made of.
extension CampaignState {
    /// The phase of a campaign.
    public enum Phase: Hashable, Sendable {
        /// Jobs are handed out.
        case running
        /// No job is handed out until it is resumed.
        case paused(Event.Reason)
        /// It ends as soon as the running measurements have ended.
        case stopping(Event.Reason)
        /// It has ended.
        case finished(Event.Reason)
    }

    /// A measurement that was imported before a planner opened the campaign, and when.
    struct Brought: Hashable {
        var injection: Event.Injection
        var time: Double
    }

    /// An error that a planner recovered from.
    public struct Trouble: Hashable, Codable, Sendable {
        /// A description.
        public var reason: String
        /// When it was recovered from, in seconds since 1970.
        public var over: Double
    }
}
