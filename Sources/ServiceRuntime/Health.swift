import Foundation
import Synchronization

/// How the services of a process are: each is well, or waits for a broker, with the reason.
public final class Health: Sendable {
    private let troubles = Mutex<[String: String]>([:])

    /// Everybody is well.
    public init() {}

    /// Says how a service is: what keeps it from its work, in words; nil if nothing does.
    public func report(_ service: String, _ trouble: String?) { troubles.withLock { $0[service] = trouble } }

    /// What keeps which service from its work.
    public var current: [String: String] { troubles.withLock { $0 } }
}

/// What a process wrote about its health last, for a health check that is a process of its own.
public struct HealthReport: Codable, Sendable {
    /// When it was written, in seconds since 1970.
    public var time: Double
    /// What keeps which service from its work.
    public var troubles: [String: String]

    /// A process that has written nothing for so long, in seconds, does not run any more, or hangs.
    static let longestSilence = 30.0

    /// What is wrong, one line each, seen at `now`; none if nothing is. A clock that was set back is no silence.
    public func problems(now: Double) -> [String] {
        let silence = now - time
        guard silence < Self.longestSilence else { return ["no sign of life for \(Int(min(silence, 1e9))) s"] }
        return troubles.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    }

    /// Reads the report in the file at `path`. Throws what reading and decoding throw.
    public init(path: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    init(time: Double, troubles: [String: String]) { (self.time, self.troubles) = (time, troubles) }
}

/// Writes a process's ``Health`` to a file every few seconds, as long as it lives.
public final class HealthFile: Sendable {
    private let task: Task<Void, Never>
    private static let pause = Duration.seconds(5)

    /// The health of this process, in the file at `path`. Throws ``FileError`` where it cannot be written.
    public init(_ health: Health, path: String, dependencies: Dependencies = .real) throws(FileError) {
        try Self.write(health, path, dependencies)
        task = Task {
            while !Task.isCancelled {
                try? await dependencies.sleep(Self.pause)
                // A disk that is full for a while shows as silence.
                try? Self.write(health, path, dependencies)
            }
        }
    }

    deinit { task.cancel() }

    private static func write(_ health: Health, _ path: String, _ dependencies: Dependencies) throws(FileError) {
        let report = HealthReport(time: dependencies.now(), troubles: health.current)
        do {
            try JSONEncoder().encode(report).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .unwritable(path: path, reason: "\(error.localizedDescription)")
        }
    }
}
