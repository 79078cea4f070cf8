import Logging
import ServiceLifecycle
import ServiceRuntime

/// Waiting for a ledger that another program has locked: a database browser, a backup. A planner that runs for days does; a command that
/// a person waits for gives up after five seconds.
struct LedgerPatience: Sendable {
    let dependencies: Dependencies
    let logger: Logger
    /// How long to wait before the next try; SQLite itself waits five seconds in each.
    private static let pause = Duration.milliseconds(200)

    /// Runs `body` until it finds the ledger unlocked; says once a minute that it does not. A shutdown ends the wait with
    /// ``LedgerError/locked(path:)``.
    func whileLocked<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        var said: Double?
        while true {
            do {
                let result = try await body()
                if said != nil { logger.notice("the ledger is unlocked again") }
                return result
            } catch LedgerError.locked(let path) {
                guard !Task.isShuttingDownGracefully else { throw LedgerError.locked(path: path) }
                let now = dependencies.now()
                if said.map({ now - $0 >= 60 }) ?? true {
                    logger.warning("another program has locked the ledger \(path); waiting until it is unlocked")
                    said = now
                }
                try await dependencies.sleep(Self.pause)
            }
        }
    }
}

extension Ledger {
    public func waitingWhileLocked(_ dependencies: Dependencies, _ logger: Logger) -> any EventStore {
        Ledger(
            path: path, database: database, offloading: offloading, memory: memory,
            patience: LedgerPatience(dependencies: dependencies, logger: logger))
    }
}
