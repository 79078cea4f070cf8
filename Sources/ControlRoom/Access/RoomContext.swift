import HTTPTypes
import Hummingbird
import NIOCore

/// What is known of a request beside its content.
struct RoomContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The machine that the connection comes from; a proxy's if there is one.
    let peer: String
    /// Who sends it; nil for a stranger.
    var visitor: Visitor?
    /// The machine that it comes from, which a trusted proxy tells.
    var address: String
    /// Who sends it, found out anew: a user may be removed, or log out, while a stream of events goes on.
    var visitorNow: @Sendable () async -> Visitor? = { nil }
    /// Whether it came encrypted as far as the outermost machine that is trusted.
    var isEncrypted = false

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? ""
        address = peer
    }

    /// Who gives an order, in events; nil where there are no accounts.
    var who: String? { visitor?.name }
}
