import CRabbitMQ
import Foundation

/// What the broker says of its own accord, frame by frame (AMQP 0-9-1, section 2.3).
extension ConnectionLoop {
    func handle(_ frame: amqp_frame_t) {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: method(frame.payload.method, on: frame.channel)
        case AMQP_FRAME_HEADER:
            if let decoded = frame.payload.properties.decoded {
                let properties = decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
                channels[frame.channel]?.incoming?.header(properties, size: frame.payload.properties.body_size)
                finishContent(on: frame.channel)
            }
        case AMQP_FRAME_BODY:
            channels[frame.channel]?.incoming?.body(frame.payload.body_fragment)
            finishContent(on: frame.channel)
        default: break  // Heartbeats are the library's.
        }
    }

    private func method(_ method: amqp_method_t, on channel: amqp_channel_t) {
        guard let decoded = method.decoded else { return }
        switch method.id {
        case burette_basic_deliver:
            let deliver = decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self).pointee
            channels[channel]?.incoming = IncomingContent(
                kind: .delivery(
                    consumer: String(deliver.consumer_tag), tag: deliver.delivery_tag,
                    redelivered: deliver.redelivered != 0), exchange: String(deliver.exchange),
                key: String(deliver.routing_key))
        case burette_basic_return:
            let back = decoded.assumingMemoryBound(to: amqp_basic_return_t.self).pointee
            channels[channel]?.incoming = IncomingContent(
                kind: .returned, exchange: String(back.exchange), key: String(back.routing_key))
        case burette_basic_ack:
            let ack = decoded.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee
            channels[channel]?.confirmed(ack.delivery_tag, multiple: ack.multiple != 0, accepted: true)
        case burette_basic_nack:
            let nack = decoded.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee
            channels[channel]?.confirmed(nack.delivery_tag, multiple: nack.multiple != 0, accepted: false)
        case burette_basic_cancel:
            let cancel = decoded.assumingMemoryBound(to: amqp_basic_cancel_t.self).pointee
            if let consumer = channels[channel]?.consumers.removeValue(forKey: String(cancel.consumer_tag)) {
                consumer.end(.consumerCancelled(queue: consumer.queue))
            }
        case burette_channel_close:
            _ = channelClosed(channel, decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee)
        case burette_connection_close:
            connectionClosed(decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee)
        case burette_connection_blocked:
            setBlocked(String(decoded.assumingMemoryBound(to: amqp_connection_blocked_t.self).pointee.reason))
        case burette_connection_unblocked: setBlocked(nil)
        default: break
        }
    }

    private func finishContent(on channel: amqp_channel_t) {
        guard let incoming = channels[channel]?.incoming, let message = incoming.complete else { return }
        channels[channel]?.incoming = nil
        switch incoming.kind {
        case .delivery(let consumer, let tag, let redelivered):
            channels[channel]?.consumers[consumer]?.deliver(
                AMQPDelivery(
                    message: message, tag: tag, redelivered: redelivered, exchange: incoming.exchange, key: incoming.key
                ))
        case .returned: channels[channel]?.returned(id: message.id)
        }
    }
}
