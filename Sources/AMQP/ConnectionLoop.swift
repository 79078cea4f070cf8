import CRabbitMQ
import Foundation
import Synchronization

/// The one thread that owns a connection of librabbitmq, and does nothing but AMQP.
///
/// It waits on the socket and on a wake-up descriptor, so that commands from tasks, deliveries, confirms and heartbeats
/// are all served at once. Everything below `// Only on the thread` is touched by that thread alone: this is what makes
/// the `@unchecked Sendable` true.
final class ConnectionLoop: @unchecked Sendable {
    /// What a task asks of the thread. Exactly one of the two is called.
    struct Command: Sendable {
        let run: @Sendable (ConnectionLoop) -> Void
        let fail: @Sendable (AMQPError) -> Void
    }

    private struct Mailbox {
        var commands: [Command] = []
        /// Set once the thread takes no more commands.
        var ended: AMQPError?
        var blocked: String?
    }

    let endpoint: Endpoint
    let name: String
    private let wakeup: Int32
    private let mailbox = Mutex(Mailbox())

    // Only on the thread.
    let state: amqp_connection_state_t
    /// Outlives the TLS of `state`, which writes into it.
    let verification = UnsafeMutablePointer<burette_verification>.allocate(capacity: 1)
    var channels: [amqp_channel_t: ChannelState] = [:]
    private var failure: AMQPError?
    private var closing = false
    private var waitForClose: [@Sendable () -> Void] = []
    /// Counts channels, so that a handle of an earlier channel of the same number is known as such.
    var channelsOpened: UInt64 = 0
    /// When the broker last took messages again, and when the confirms were last looked after.
    private var unblockedAt = ContinuousClock.now
    private var confirmsSeenAt = ContinuousClock.now
    /// Why the last channels were closed, for calls that come too late.
    private var closedChannels: [UInt64: AMQPError] = [:]

    private init(endpoint: Endpoint, name: String) throws(AMQPError) {
        guard let state = amqp_new_connection() else {
            throw AMQPError.unreachable(endpoint, reason: "out of memory")
        }
        self.endpoint = endpoint
        self.name = name
        self.state = state
        wakeup = burette_wakeup_create()
        verification.initialize(to: burette_verification())
    }

    deinit {
        close(wakeup)
        free(verification.pointee.name)
        verification.deallocate()
    }

    /// Connects and logs in on a thread of its own. Throws ``AMQPError``.
    static func start(endpoint: Endpoint, name: String) async throws -> ConnectionLoop {
        let loop = try ConnectionLoop(endpoint: endpoint, name: name)
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                do {
                    try loop.logIn()
                } catch {
                    amqp_destroy_connection(loop.state)
                    return continuation.resume(throwing: error)
                }
                continuation.resume(returning: loop)
                loop.serve()
            }
            thread.name = "amqp"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Hands a command to the thread, from anywhere.
    func submit(_ command: Command) {
        let ended = mailbox.withLock { mailbox in
            if mailbox.ended == nil { mailbox.commands.append(command) }
            return mailbox.ended
        }
        if let ended { command.fail(ended) } else { burette_wakeup_signal(wakeup) }
    }

    /// Runs `body` on the thread and waits for its answer.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (ConnectionLoop) throws(AMQPError) -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Command(
                    run: { loop in
                        do throws(AMQPError) {
                            continuation.resume(returning: try body(loop))
                        } catch {
                            continuation.resume(throwing: error)
                        }
                    }, fail: { continuation.resume(throwing: $0) }))
        }
    }

    /// Why the broker takes no messages at the moment (connection.blocked); nil while it does.
    var blocked: String? { mailbox.withLock(\.blocked) }

    func setBlocked(_ reason: String?) {
        mailbox.withLock { $0.blocked = reason }
        unblockedAt = .now
    }

    // MARK: Only on the thread

    private func serve() {
        while failure == nil, !closing {
            let commands = mailbox.withLock { mailbox in
                defer { mailbox.commands.removeAll() }
                return mailbox.commands
            }
            for command in commands {
                if let failure { command.fail(failure) } else { command.run(self) }
            }
            readFrames()
            requireConfirms()
            guard failure == nil, !closing, mailbox.withLock({ $0.commands.isEmpty }) else { continue }
            // Woken often enough to send a heartbeat and to see that the peer's are missing.
            burette_wait(amqp_get_sockfd(state), wakeup, Int32(endpoint.heartbeat * 250))
            burette_wakeup_clear(wakeup)
        }
        end(with: failure ?? .closed)
    }

    /// Gives the connection up when a confirm does not come, as when the heartbeats stay away: a queue that is deleted, or loses its
    /// leader, just then may leave a publication without an answer for ever.
    private func requireConfirms() {
        let now = ContinuousClock.now
        guard now - confirmsSeenAt > .seconds(1) else { return }
        confirmsSeenAt = now
        let patience = Duration.seconds(max(10, 2 * endpoint.heartbeat))
        guard blocked == nil, now - unblockedAt > patience,
            channels.values.contains(where: { $0.waitingSince.map { now - $0 > patience } ?? false })
        else { return }
        fail(.connectionLost(reason: "the broker has left a message without a confirm for \(patience)"))
    }

    private func readFrames() {
        var now = timeval()
        while failure == nil {
            var frame = amqp_frame_t()
            let status = amqp_simple_wait_frame_noblock(state, &frame, &now)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return }
            guard status == AMQP_STATUS_OK.rawValue else { return fail(status: status) }
            handle(frame)
            if frame.channel != 0 { amqp_maybe_release_buffers_on_channel(state, frame.channel) }
        }
    }

    private func end(with error: AMQPError) {
        let left = mailbox.withLock { mailbox in
            mailbox.ended = error
            defer { mailbox.commands.removeAll() }
            return mailbox.commands
        }
        for command in left { command.fail(error) }
        for number in Array(channels.keys) { dropChannel(number, error) }
        if closing, failure == nil {
            // The peer may be gone without a word: closing waits for it, but not for ever.
            var patience = timeval(tv_sec: 2, tv_usec: 0)
            amqp_set_rpc_timeout(state, &patience)
            amqp_connection_close(state, AMQP_REPLY_SUCCESS)
        }
        amqp_destroy_connection(state)
        for closed in waitForClose { closed() }
    }

    /// Closes as soon as what was asked before is done; `closed` is called then.
    func beginClosing(closed: @escaping @Sendable () -> Void) {
        closing = true
        waitForClose.append(closed)
    }

    /// The connection is of no use any more.
    func fail(_ error: AMQPError) { failure = failure ?? error }

    func fail(status: Int32) { fail(.connectionLost(reason: AMQPError.message(status: status))) }

    /// Throws unless a call that writes to the socket succeeded.
    func check(_ status: Int32) throws(AMQPError) {
        if let failure { throw failure }
        guard status != AMQP_STATUS_OK.rawValue else { return }
        fail(status: status)
        throw failure ?? .closed
    }

    /// Throws unless the last remote procedure call on `channel` succeeded.
    func checkReply(_ channel: amqp_channel_t) throws(AMQPError) {
        try check(amqp_get_rpc_reply(state), on: channel)
    }

    func check(_ reply: amqp_rpc_reply_t, on channel: amqp_channel_t) throws(AMQPError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            let error = serverException(reply.reply, on: channel)
            throw error
        default: try check(reply.library_error)
        }
    }

    private func serverException(_ method: amqp_method_t, on channel: amqp_channel_t) -> AMQPError {
        guard let decoded = method.decoded else {
            fail(.connectionLost(reason: "the broker answered without a reason"))
            return failure ?? .closed
        }
        if method.id == burette_channel_close {
            return channelClosed(channel, decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee)
        }
        connectionClosed(decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee)
        return failure ?? .closed
    }

    func channelClosed(_ channel: amqp_channel_t, _ close: amqp_channel_close_t) -> AMQPError {
        let error = AMQPError.channelClosed(code: Int(close.reply_code), reason: String(close.reply_text))
        var ok = amqp_channel_close_ok_t()
        amqp_send_method(state, channel, burette_channel_close_ok, &ok)
        dropChannel(channel, error)
        return error
    }

    /// Forgets a channel; whoever waits for it gets `error`.
    func dropChannel(_ channel: amqp_channel_t, _ error: AMQPError) {
        guard var state = channels.removeValue(forKey: channel) else { return }
        closedChannels[state.serial] = error
        if state.serial >= 64 { closedChannels.removeValue(forKey: state.serial - 64) }
        state.fail(error)
    }

    /// The number of a channel, while it is open; throws why it is not.
    func number(of channel: Channel) throws(AMQPError) -> amqp_channel_t {
        guard channels[channel.number]?.serial == channel.serial else {
            throw closedChannels[channel.serial] ?? .closed
        }
        return channel.number
    }

    func connectionClosed(_ close: amqp_connection_close_t) {
        var ok = amqp_connection_close_ok_t()
        amqp_send_method(state, 0, burette_connection_close_ok, &ok)
        fail(.connectionLost(reason: "closed by the broker (\(close.reply_code)): \(String(close.reply_text))"))
    }
}
