import ServiceLifecycle

/// Runs `operation` as its own task, and cancels that when a graceful shutdown begins. What it then returns or throws is the result.
///
/// Made of structured tasks alone, so that whoever owns the executor owns the order of all that happens.
package func cancelledByShutdown<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let shutdown = Mailbox<Void>()
    return try await withGracefulShutdownHandler {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                _ = await shutdown.next()
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
                group.cancelAll()
            }
            throw CancellationError()
        }
    } onGracefulShutdown: {
        shutdown.send(())
    }
}
