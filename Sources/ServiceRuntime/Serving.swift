import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs services until the first of them ends or fails, or the process receives SIGINT or SIGTERM.
///
/// The first SIGINT or SIGTERM asks them to finish what they have in hand, after `note` was given `patient` to say; where that is nil it lets go
/// at once. A second one lets go in any case, and whatever hangs then: within a second the process ends, with status 130, and with it the
/// programs that it runs. Throws `CancellationError` after a signal.
public func serve(
    _ services: [any Service], patient: String?, logger: Logger, note: @escaping @Sendable (String) -> Void
) async throws {
    let group = ServiceGroup.of(services, logger: logger)
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let serving = Task { try await group.run() }
    let count = Mutex(0)
    // Unstructured, since it must hear a signal while everything else is being waited for.
    let listening = Task {
        for await _ in signals {
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1, let patient {
                note(patient)
                await group.triggerGracefulShutdown()
            } else {
                if number > 1 { ForcedExit.begin(after: 0.8, status: 130) }
                serving.cancel()
            }
        }
    }
    defer { listening.cancel() }
    let outcome = await withTaskCancellationHandler {
        await serving.result
    } onCancel: {
        serving.cancel()
    }
    let wasTold = count.withLock { $0 } > (patient == nil ? 0 : 1)
    switch outcome {
    case .success where wasTold: throw CancellationError()
    case .failure(let error) where !(error is CancellationError) && !wasTold: throw error
    case .failure: throw CancellationError()
    case .success: break
    }
}

extension ServiceGroup {
    /// Services of which the first that ends tells the others to finish, and the first that fails cancels them.
    public static func of(_ services: [any Service], logger: Logger) -> ServiceGroup {
        // The group says little that a person wants to read; its errors come back as errors.
        var quiet = logger
        quiet.logLevel = .critical
        return ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup)
                }, logger: quiet))
    }
}

/// The forced end of this process.
enum ForcedExit {
    private static let hasBegun = Mutex(false)

    /// Ends the process and its child processes with `status` after some seconds, unless it has ended by then.
    static func begin(after seconds: Double, status: Int32) {
        let isFirst = hasBegun.withLock { begun in
            defer { begun = true }
            return !begun
        }
        guard isFirst else { return }
        // A thread: the tasks' own may all be waiting.
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: seconds)
            // Each program leads a process group of its own.
            for child in children { kill(-child, SIGKILL) }
            _exit(status)
        }
    }

    /// The processes that this one has started.
    private static var children: [pid_t] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.flatMap { task in
            let text = (try? String(contentsOfFile: "/proc/self/task/\(task)/children", encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { pid_t($0) }
        }
    }
}
