/// A rule that is broken on purpose, to see that the simulation finds it.
package enum Sabotage: String, CaseIterable, Sendable {
    /// A worker acknowledges its job before its result is confirmed.
    case acknowledgesBeforeConfirm = "a job is acknowledged before its result is confirmed"
    /// The planner acknowledges a result before the ledger has it.
    case acknowledgesBeforeRecord = "a result is acknowledged before it is recorded"
    /// A worker keeps no result on its disk.
    case forgetsOutbox = "a result is not kept until it is confirmed"
    /// A planner that was cut off goes on publishing.
    case ignoresFence = "a planner publishes without the lock"
    /// The planner takes a job out of the queue, and forgets that it did.
    case withdrawsWithoutRecord = "a job is taken back without a record"
    /// A result that comes a second time is taken for another job's.
    case countsDuplicate = "a duplicate is counted"
    /// The planner takes a refused publication for a confirmed one.
    case trustsRefusal = "a refused publication is taken for a confirmed one"
    /// The planner takes a job for lost of which no worker has said that it has begun it.
    case takesSilenceForLoss = "a job is taken for lost while a worker has it"
    /// A worker takes a job that another one had for a new one.
    case forgetsDeliveries = "a job that lost its worker is taken for a new one"
}
