import Foundation

/// A planner or a worker: a process in a network of its own, started anew whenever it has ended.
final class Party {
    let name: String
    let number: Int
    let log: String
    private let site: Site
    private let arguments: [String]
    private var process: Process?
    private var startsAt = Date.distantPast
    /// Its last words each time that it ended by itself.
    private(set) var exits: [String] = []
    /// Whether it is started anew.
    var isWanted = true

    init(_ name: String, _ number: Int, _ arguments: [String], site: Site) throws {
        self.name = name
        self.number = number
        self.arguments = arguments
        self.site = site
        log = "\(site.work)/\(name).log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        try site.makeNetwork(number)
    }

    private var started = Date.distantPast
    /// For how many seconds it has been running.
    var seconds: Double { isRunning ? Date().timeIntervalSince(started) : 0 }

    var identifier: Int32? { process?.processIdentifier }
    var isRunning: Bool { process?.isRunning ?? false }
    var status: Int32? { process.map(\.terminationStatus) }

    func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/sbin/ip")
        process.arguments = ["netns", "exec", "party\(number)", "\(site.bin)/burette"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging([
            "BURETTE_BROKER": site.broker, "BURETTE_DATA": "\(site.work)/\(name)", "SWIFT_BACKTRACE": "enable=no",
        ]) { $1 }.merging(site.clock(of: number)) { $1 }
        let handle = FileHandle(forWritingAtPath: log)
        handle?.seekToEndOfFile()
        process.standardError = handle
        process.standardOutput = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        started = Date()
        self.process = process
    }

    func signal(_ number: Int32) { if let process, process.isRunning { kill(process.processIdentifier, number) } }

    /// Kills it; it comes back after a while.
    func die(for seconds: Double) {
        signal(SIGKILL)
        process?.waitUntilExit()
        startsAt = Date(timeIntervalSinceNow: seconds)
        process = nil
    }

    /// Starts it anew if it has ended.
    func tend() throws {
        guard isWanted, !isRunning, Date() >= startsAt else { return }
        if let process {
            exits.append(
                "\(process.terminationReason == .exit ? "status" : "signal") \(process.terminationStatus), \(logged.last ?? "")"
            )
            startsAt = Date(timeIntervalSinceNow: 0.5)
            self.process = nil
            return
        }
        try start()
    }

    func waitForEnd(_ seconds: Double) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while isRunning, Date() < deadline { usleep(50_000) }
        return !isRunning
    }

    var logged: [Substring] {
        ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n")
    }
}
