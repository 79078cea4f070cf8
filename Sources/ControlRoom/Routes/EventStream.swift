import Campaigns
import Foundation
import Hummingbird

/// The events of a campaign as they come (server-sent events), each with its number, so that a client that was cut off goes on where it stopped.
struct EventStream: Sendable {
    let campaign: WatchedCampaign
    /// The number of the last event that the client has.
    let after: Int
    /// Who reads it, as of now; the stream ends where nobody may.
    let visitor: @Sendable () async -> Visitor?

    /// Something is sent as often at least, so that a lost client is noticed.
    private static let heartbeat = Duration.seconds(15)

    var response: Response {
        let (campaign, after, visitor) = (campaign, after, visitor)
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let encoder = APIRoutes.encoder
                var number = after
                for await _ in Self.occasions(of: campaign) {
                    guard await visitor() != nil else { break }
                    let (events, state) = await campaign.news(after: number)
                    var text = events.isEmpty ? ": nothing new\n\n" : ""
                    for event in events {
                        number += 1
                        let row = EventRow(event, number: number, in: state)
                        let data = String(decoding: try encoder.encode(row), as: UTF8.self)
                        text += "id: \(number)\nevent: news\ndata: \(data)\n\n"
                    }
                    try await writer.write(ByteBuffer(string: text))
                }
                try await writer.finish(nil)
            })
    }

    /// News, and heartbeats in between.
    private static func occasions(of campaign: WatchedCampaign) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let news = Task {
            for await _ in await campaign.news() { continuation.yield() }
            continuation.finish()
        }
        let heartbeats = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: heartbeat)
                continuation.yield()
            }
        }
        continuation.onTermination = { _ in
            news.cancel()
            heartbeats.cancel()
        }
        return stream
    }
}
