import Logging
import ServiceLifecycle
import ServiceRuntime

/// The services of a campaign, which end together; a control room beside them may stay for who wants to see what came of it.
struct CampaignServices: Service {
    let services: [any Service]
    let logger: Logger
    /// Reports the end; whether this stays until the process is told to stop.
    let ended: @Sendable () async throws -> Bool

    static let stays = "The control room stays until Ctrl-C."

    func run() async throws {
        try await ServiceGroup.of(services, logger: logger).run()
        try Task.checkCancellation()
        guard try await ended() else { return }
        try await gracefulShutdown()
    }
}
