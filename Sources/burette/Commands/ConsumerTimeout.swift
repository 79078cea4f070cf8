import Brokers
import Campaigns
import Foundation
import Subprocess

/// How long a worker may hold a job before the broker takes it away, and what that means for a campaign: a measurement that
/// takes longer is redelivered by surprise.
struct ConsumerTimeout {
    /// Seconds after which a measurement is overdue; nil where the campaign does not say.
    let timeout: Double?

    init(campaign: Campaign?) { timeout = campaign?.workers.timeout }

    var advice: String {
        let longest = timeout.map { "the campaign's timeout of \($0.shortest) s" } ?? "the longest measurement"
        return
            "AMQP does not tell it; it must exceed \(longest), and is 30 min unless rabbitmq.conf says more (deploy/rabbitmq.conf does). --rabbitmqctl asks the broker itself"
    }

    /// The work queue carries its own limit.
    func compareWithQueue() throws -> String { try compare(Double(Topology.consumerTimeout) / 1000, "the work queue") }

    /// What the broker itself says, by its own control command. Throws ``Failure``.
    func compare(withAnswerOf command: String) async throws -> String {
        let question = "\(command) eval 'application:get_env(rabbit, consumer_timeout).'"
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", question], output: .string(limit: 1 << 16), error: .discarded)
        let (text, succeeded) = (result.standardOutput, result.terminationStatus.isSuccess)
        if succeeded, text.contains("undefined") { return "the broker has no limit" }
        guard succeeded, let match = text.firstMatch(of: /\{ok,\s*(\d+)\}/),
            let milliseconds = Double(match.1)
        else { throw Failure("\(command) did not tell it; run it by hand to see why") }
        return try compare(milliseconds / 1000, "the broker (consumer_timeout in rabbitmq.conf)")
    }

    private func compare(_ limit: Double, _ whose: String) throws -> String {
        guard let timeout else {
            return
                "\(limit.shortest) s at \(whose); no measurement may take longer (workers: {timeout: ...} in the campaign file)"
        }
        guard limit > timeout else {
            throw Failure(
                "\(whose) takes a job away after \(limit.shortest) s, and the campaign lets a measurement take \(timeout.shortest) s: raise consumer_timeout above that, or lower workers: timeout"
            )
        }
        return "\(limit.shortest) s at \(whose), above the campaign's timeout of \(timeout.shortest) s"
    }
}
