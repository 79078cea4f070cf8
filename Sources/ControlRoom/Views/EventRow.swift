import Campaigns
import Monitoring

/// An event as the pages and the stream of events tell it.
struct EventRow: Encodable, Sendable {
    /// Its place among the campaign's events, from 1.
    let number: Int
    /// Its own identity.
    let id: String
    let type: String
    let time: Double
    let job: String?
    /// In one line for people.
    let text: String
    let moment: Moment?

    init(_ event: Event, number: Int, in state: CampaignState) {
        self.number = number
        (id, type, time) = (event.id, event.body.type, event.time)
        job = event.body.job?.rawValue
        text = event.body.summary(in: state) ?? event.body.type
        moment = Moment(event.time)
    }

    /// The last `count` events, the latest first.
    static func latest(_ count: Int, of snapshot: CampaignSnapshot) -> [EventRow] {
        let first = max(0, snapshot.events.count - count)
        return snapshot.events[first...].enumerated().reversed().map { offset, event in
            EventRow(event, number: first + offset + 1, in: snapshot.state)
        }
    }

    private enum CodingKeys: String, CodingKey { case number, id, type, time, job, text }
}
