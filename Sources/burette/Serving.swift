import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs services until the first of them is done or fails, or somebody presses Ctrl-C.
///
/// The first SIGINT or SIGTERM asks them to finish what they have in hand (`patient`), or lets go at once; a second one
/// lets go in any case. Throws ``Interrupted`` after a signal.
func serve(_ services: [any Service], patient: String?, logger: Logger) async throws {
    // The group says little that a person wants to read; its errors come back as errors.
    var quiet = logger
    quiet.logLevel = .critical
    let group = ServiceGroup(
        configuration: .init(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup)
            }, logger: quiet))
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let interrupted = try await withThrowingTaskGroup(of: Bool.self) { tasks in
        tasks.addTask {
            try await group.run()
            return false
        }
        tasks.addTask {
            var count = 0
            for await _ in signals {
                count += 1
                guard let patient, count == 1 else { return true }
                Output.note(patient)
                await group.triggerGracefulShutdown()
            }
            return true
        }
        defer { tasks.cancelAll() }
        do {
            return try await tasks.next() ?? false
        } catch is CancellationError {
            return true
        }
    }
    if interrupted { throw CancellationError() }
}
