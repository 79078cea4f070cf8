import CRabbitMQ
import Foundation

/// What a task can ask of the broker, on the connection's thread. Each call answers, or throws and leaves the connection
/// or channel marked as gone.
extension ConnectionLoop {
    func openChannel() throws(AMQPError) -> Channel {
        let most = UInt16(clamping: amqp_get_channel_max(state))
        guard let number = (1...max(1, most == 0 ? UInt16.max : most)).first(where: { channels[$0] == nil }) else {
            throw .connectionLost(reason: "all \(most) channels are in use")
        }
        amqp_channel_open(state, number)
        try checkReply(number)
        channelsOpened += 1
        channels[number] = ChannelState(serial: channelsOpened)
        return Channel(loop: self, number: number, serial: channelsOpened)
    }

    func closeChannel(_ channel: amqp_channel_t) throws(AMQPError) {
        dropChannel(channel, .closed)
        try check(amqp_channel_close(state, channel, AMQP_REPLY_SUCCESS), on: channel)
    }

    func enableConfirms(_ channel: amqp_channel_t) throws(AMQPError) {
        amqp_confirm_select(state, channel)
        try checkReply(channel)
        channels[channel]?.confirms = true
    }

    func declareExchange(_ channel: amqp_channel_t, name: String, kind: String) throws(AMQPError) {
        let pool = Pool()
        withExtendedLifetime(pool) {
            _ = amqp_exchange_declare(state, channel, pool.bytes(name), pool.bytes(kind), 0, 1, 0, 0, amqp_empty_table)
        }
        try checkReply(channel)
    }

    func declareQueue(
        _ channel: amqp_channel_t, name: String, passive: Bool, durable: Bool, exclusive: Bool,
        arguments: [String: HeaderValue]
    ) throws(AMQPError) -> QueueStatus {
        let pool = Pool()
        let answer = withExtendedLifetime(pool) {
            withTable(arguments) { table in
                amqp_queue_declare(
                    state, channel, pool.bytes(name), passive ? 1 : 0, durable ? 1 : 0, exclusive ? 1 : 0, 0, table)
            }
        }
        try checkReply(channel)
        guard let answer else { throw .connectionLost(reason: "no answer to the declaration of \(name)") }
        let status = QueueStatus(
            ready: Int(answer.pointee.message_count), consumers: Int(answer.pointee.consumer_count))
        amqp_maybe_release_buffers_on_channel(state, channel)
        return status
    }

    func bind(_ channel: amqp_channel_t, queue: String, exchange: String, key: String) throws(AMQPError) {
        let pool = Pool()
        withExtendedLifetime(pool) {
            _ = amqp_queue_bind(
                state, channel, pool.bytes(queue), pool.bytes(exchange), pool.bytes(key), amqp_empty_table)
        }
        try checkReply(channel)
    }

    func deleteQueue(_ channel: amqp_channel_t, name: String) throws(AMQPError) {
        let pool = Pool()
        withExtendedLifetime(pool) { _ = amqp_queue_delete(state, channel, pool.bytes(name), 0, 0) }
        try checkReply(channel)
    }

    func publish(
        _ channel: amqp_channel_t, _ publication: Publication, done: @escaping (Result<Void, AMQPError>) -> Void
    ) {
        let (message, exchange, key) = (publication.message, publication.exchange, publication.key)
        let pool = Pool()
        let status = withExtendedLifetime(pool) {
            withTable(message.headers) { table in
                var properties = amqp_basic_properties_t()
                properties._flags = PropertyFlag.deliveryMode
                properties.delivery_mode = UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
                func bytes(_ text: String, _ flag: UInt32) -> amqp_bytes_t {
                    if !text.isEmpty { properties._flags |= flag }
                    return pool.bytes(text)
                }
                properties.content_type = bytes(message.contentType, PropertyFlag.contentType)
                properties.message_id = bytes(message.id, PropertyFlag.messageID)
                properties.type = bytes(message.type, PropertyFlag.type)
                if table.num_entries > 0 {
                    properties._flags |= PropertyFlag.headers
                    properties.headers = table
                }
                return amqp_basic_publish(
                    state, channel, pool.bytes(exchange), pool.bytes(key), 1, 0, &properties, pool.bytes(message.body))
            }
        }
        do throws(AMQPError) {
            try check(status)
        } catch {
            return done(.failure(error))
        }
        if channels[channel]?.confirms == true {
            channels[channel]?.published(.init(publication, done: done))
        } else {
            done(.success(()))
        }
    }

    func consume(
        _ channel: amqp_channel_t, queue: String, prefetch: UInt16, arguments: [String: HeaderValue],
        consumer: () -> ChannelState.Consumer
    ) throws(AMQPError) {
        amqp_basic_qos(state, channel, 0, prefetch, 0)
        try checkReply(channel)
        // Known before the broker knows it: deliveries may come right behind the answer.
        let tag = "burette-\((channels[channel]?.consumers.count ?? 0) + 1)"
        channels[channel]?.consumers[tag] = consumer()
        let pool = Pool()
        withExtendedLifetime(pool) {
            withTable(arguments) { table in
                _ = amqp_basic_consume(state, channel, pool.bytes(queue), pool.bytes(tag), 0, 0, 0, table)
            }
        }
        try checkReply(channel)
    }

    /// Asks for no further deliveries, and waits for the answer: everything that was delivered before is in by then.
    func cancelConsumers(_ channel: amqp_channel_t) throws(AMQPError) {
        for tag in (channels[channel]?.consumers.keys).map(Array.init) ?? [] {
            let pool = Pool()
            withExtendedLifetime(pool) { _ = amqp_basic_cancel(state, channel, pool.bytes(tag)) }
            try checkReply(channel)
        }
    }

    /// Ends the streams of consumers that were cancelled.
    func endConsumers(_ channel: amqp_channel_t) {
        guard let consumers = channels[channel]?.consumers else { return }
        channels[channel]?.consumers.removeAll()
        for consumer in consumers.values { consumer.end(nil) }
    }

    func get(_ channel: amqp_channel_t, queue: String) throws(AMQPError) -> AMQPDelivery? {
        let pool = Pool()
        let reply = withExtendedLifetime(pool) { amqp_basic_get(state, channel, pool.bytes(queue), 0) }
        try check(reply, on: channel)
        defer { amqp_maybe_release_buffers_on_channel(state, channel) }
        guard reply.reply.id != burette_basic_get_empty, let decoded = reply.reply.decoded else { return nil }
        let get = decoded.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee
        let (exchange, key) = (String(get.exchange), String(get.routing_key))
        var message = amqp_message_t()
        try check(amqp_read_message(state, channel, &message, 0), on: channel)
        defer { amqp_destroy_message(&message) }
        return AMQPDelivery(
            message: Message(message.properties, body: Data(message.body)), tag: get.delivery_tag,
            redelivered: get.redelivered != 0, exchange: exchange, key: key)
    }

    func acknowledge(_ channel: amqp_channel_t, tags: [UInt64]) throws(AMQPError) {
        for tag in tags { try check(amqp_basic_ack(state, channel, tag, 0)) }
    }

    func reject(_ channel: amqp_channel_t, tag: UInt64, requeue: Bool) throws(AMQPError) {
        try check(amqp_basic_nack(state, channel, tag, 0, requeue ? 1 : 0))
    }
}
