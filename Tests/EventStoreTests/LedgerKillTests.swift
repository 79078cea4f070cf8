import Campaigns
import EventStore
import Foundation
import GRDB
import ServiceRuntime
import Support
import Testing

@Suite("A ledger whose planner is killed with -9 in the middle of its writes", .timeLimit(.minutes(5)))
struct LedgerKillTests {
    /// Four at once: most of the time a process begins.
    private static let killsOfEach = 250
    /// A new file after so many: each is looked through as a whole after each kill.
    private static let killsPerFile = 50

    @Test("opens every time of a thousand, is sound, and has every event that was acknowledged", arguments: 1...4)
    func kills(writer: Int) async throws {
        let seed = UInt64.random(in: .min ... .max)
        var dice = Dice(seed: seed)
        var (number, inMidst) = (0, 0)
        for _ in 0..<(Self.killsOfEach / Self.killsPerFile) {
            try await withFolder { folder in
                let path = "\(folder)/c.sqlite"
                number = 0
                for _ in 0..<Self.killsPerFile {
                    let (first, span) = (number, UInt32.random(in: 2_000...12_000, using: &dice))
                    let acknowledged = try await ThreadOffloading().run {
                        try Self.write(to: path, from: first, for: span)
                    }
                    let ledger = try Ledger.open(path: path, create: true)
                    let events = try await ledger.events().events
                    try #require(events.count >= acknowledged, "seed \(seed)")
                    try #require(
                        events.map(\.id) == (0..<events.count).map { "e\($0)" }, "seed \(seed): in order, each once")
                    if events.count > acknowledged { inMidst += 1 }
                    number = events.count
                    try ledger.close()
                    let complaint = try await DatabaseQueue(path: path).read {
                        try String.fetchOne($0, sql: "PRAGMA integrity_check")
                    }
                    try #require(complaint == "ok", "seed \(seed)")
                }
            }
        }
        #expect(inMidst > 0, "some kill fell between a commit and its acknowledgement")
    }

    /// Lets the writer write for some microseconds behind its first event, and kills it; returns how many events it had acknowledged.
    private static func write(to path: String, from number: Int, for microseconds: UInt32) throws -> Int {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("ledger-writer")
        process.arguments = [path, "\(number)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var said = output.fileHandleForReading.availableData
        usleep(microseconds)
        kill(process.processIdentifier, SIGKILL)
        said.append(output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        // A last line without its end was not said.
        let lines = String(decoding: said, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast()
        return lines.last.flatMap { Int($0) } ?? number
    }
}
