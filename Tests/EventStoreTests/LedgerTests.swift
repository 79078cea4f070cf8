import Campaigns
import EventStore
import Foundation
import GRDB
import ServiceRuntime
import Support
import Synchronization
import Testing

@Suite("A ledger")
struct LedgerTests {
    @Test("has what was appended, in order, after it was opened again")
    func durability() async throws {
        try await withFolder { folder in
            let path = "\(folder)/c.sqlite"
            let events = try (1...5).map { try event("e\($0)") }
            do {
                let ledger = try Ledger.open(path: path, create: true)
                #expect(try await ledger.append(events) == events)
                try ledger.close()
            }
            let (read, last) = try await Ledger.open(path: path, create: false).events()
            #expect(read == events)
            #expect(last == 5)
        }
    }

    @Test("takes each event once, and says which were new")
    func uniqueness() async throws {
        try await withFolder { folder in
            let ledger = try Ledger.open(path: "\(folder)/c.sqlite", create: true)
            let (one, two) = (try event("a"), try event("b"))
            try await ledger.append([one])
            #expect(try await ledger.append([one, two, one]) == [two])
            #expect(try await ledger.events().events == [one, two])
            #expect(try await ledger.events(after: 1).events == [two])
        }
    }

    @Test("reads the same again, from wherever it is asked to, as one that was opened anew")
    func again() async throws {
        try await withFolder { folder in
            let path = "\(folder)/c.sqlite"
            let ledger = try Ledger.open(path: path, create: true)
            let events = try (1...10_000).map { try event("e\($0)") }
            try await ledger.append(Array(events[..<6000]))
            // The last ones are remembered, older ones are not, and what was read in parts makes up one whole.
            for start in [5000, 0, 2999, 5999, 6000] {
                #expect(try await ledger.events(after: Int64(start)).events == Array(events[start..<6000]))
            }
            try await ledger.append(Array(events[6000...]))
            for start in [9000, 5000, 0, 7000, 10_000] {
                #expect(try await ledger.events(after: Int64(start)).events == Array(events[start...]))
            }
            #expect(try await Ledger.open(path: path, create: false).events().events == events)
        }
    }

    @Test("is backed up while it is written: the copy is sound, and ends with an event that was there")
    func backup() async throws {
        try await withFolder { folder in
            let ledger = try Ledger.open(path: "\(folder)/c.sqlite", create: true)
            try await ledger.append(try (0..<500).map { try event("e\($0)") })
            let writing = Task {
                var number = 500
                while !Task.isCancelled {
                    try await ledger.append([try event("e\(number)")])
                    number += 1
                }
            }
            for copy in 1...5 {
                let path = "\(folder)/copies/\(copy).sqlite"
                let before = try await ledger.events().events.count
                let count = try await Ledger.open(path: "\(folder)/c.sqlite", create: false).backUp(to: path)
                let copied = try await Ledger.open(path: path, create: false).events().events
                #expect(count >= before && copied.map(\.id) == (0..<count).map { "e\($0)" })
            }
            writing.cancel()
            try await writing.value
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/copies")
            #expect(files.filter { $0.hasSuffix(".sqlite") }.count == 5 && !files.contains { $0.contains(".new-") })
            await #expect {
                _ = try await ledger.backUp(to: "\(folder)/copies/1.sqlite")
            } throws: {
                "\($0)".contains("there is a file already")
            }
        }
    }

    @Test("is made once, whole, however many open it at the same time", .timeLimit(.minutes(5)))
    func birth() async throws {
        for _ in 0..<100 {
            try await withFolder { folder in
                let path = "\(folder)/c.sqlite"
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        let event = try event("e\(number)")
                        group.addTask {
                            // Some are there to read only, and look again until there is one.
                            _ = try await eventually {
                                do {
                                    let ledger = try await ThreadOffloading().run {
                                        try Ledger.open(path: path, create: number < 4)
                                    }
                                    try await ledger.append([event])
                                    return true
                                } catch LedgerError.missing { return false }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let events = try await Ledger.open(path: path, create: false).events().events
                #expect(Set(events.map(\.id)).count == 8)
                let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(files.allSatisfy { ["c.sqlite", "c.sqlite-wal", "c.sqlite-shm"].contains($0) }, "\(files)")
            }
        }
    }

    @Test("says that there is none, that a file is none, and that it is damaged")
    func damage() async throws {
        try await withFolder { folder in
            let path = "\(folder)/c.sqlite"
            #expect(throws: LedgerError.missing(path: path)) { try Ledger.open(path: path, create: false) }
            try Data("this is no database, whatever its name says".utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: LedgerError.self) { try Ledger.open(path: path, create: true) }
            guard case .damaged? = error else { throw Unexpected(error) }

            let torn = "\(folder)/torn.sqlite"
            let ledger = try Ledger.open(path: torn, create: true)
            try await ledger.append(try (1...500).map { try event("e\($0)") })
            try ledger.close()
            let handle = try #require(FileHandle(forWritingAtPath: torn))
            try handle.seek(toOffset: 8192)
            try handle.write(contentsOf: Data(repeating: 0xAB, count: 8192))
            try handle.close()
            let second = #expect(throws: LedgerError.self) { try Ledger.open(path: torn, create: false) }
            guard case .damaged? = second else { throw Unexpected(second) }
        }
    }

    @Test(
        "that another program keeps locked is said to be so, and nothing is recorded by half", .timeLimit(.minutes(5)))
    func locked() async throws {
        try await withFolder { folder in
            let path = "\(folder)/c.sqlite"
            let ledger = try Ledger.open(path: path, create: true)
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            await #expect(throws: LedgerError.locked(path: path)) { try await ledger.append([try event("a")]) }
            try other.inDatabase { try $0.execute(sql: "COMMIT") }
            #expect(try await ledger.append([try event("a")]).count == 1)
        }
    }

    @Test("on a full disk says so, keeps what it had, and goes on when there is room", .enabled(if: getuid() == 0))
    func fullDisk() async throws {
        try await withFolder { folder in
            let mounted = try await command("/bin/mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", folder])
            try #require(mounted.status == 0)
            let path = "\(folder)/c.sqlite"
            let ledger = try Ledger.open(path: path, create: true)
            var kept: [Event] = []
            var failure: (any Error)?
            while failure == nil, kept.count < 100_000 {
                let batch = try (0..<20).map { try event("e\(kept.count + $0)") }
                do {
                    kept += try await ledger.append(batch)
                } catch {
                    failure = error
                }
            }
            #expect(failure as? FileError == .diskFull(path: path))
            #expect(try await ledger.events().events == kept)
            try ledger.close()
            #expect(try await command("/bin/mount", ["-o", "remount,size=4m", folder]).status == 0)
            let again = try Ledger.open(path: path, create: false)
            #expect(try await again.append([try event("last")]).count == 1)
            #expect(try await again.events().events.count == kept.count + 1)
            try again.close()
            #expect(try await command("/bin/umount", [folder]).status == 0)
        }
    }

    @Test("is not made by half where there is no room for it", .enabled(if: getuid() == 0))
    func fullDiskAtBirth() async throws {
        try await withFolder { folder in
            #expect(try await command("/bin/mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", folder]).status == 0)
            let path = "\(folder)/c.sqlite"
            var refusals = 0
            for room in stride(from: 4, through: 400, by: 4) {
                #expect(try await command("/bin/mount", ["-o", "remount,size=\(room)k", folder]).status == 0)
                do {
                    try Ledger.open(path: path, create: true).close()
                    break
                } catch {
                    #expect(error as? FileError == .diskFull(path: path), "with \(room) kB: \(error)")
                    refusals += 1
                }
            }
            #expect(refusals > 3)
            let ledger = try Ledger.open(path: path, create: false)
            #expect(try await ledger.events().events.isEmpty)
            try ledger.close()
            #expect(try await command("/bin/umount", [folder]).status == 0)
        }
    }

    @Test("in a folder that cannot be made is refused in words")
    func unwritable() {
        #expect(throws: FileError.self) { try Ledger.open(path: "/proc/burette/c.sqlite", create: true) }
    }

    @Test("that is in use is refused without closing what another thread has opened", .timeLimit(.minutes(5)))
    func refusedLock() async throws {
        try await withFolder { folder in
            let path = "\(folder)/c.sqlite"
            let lock = try LedgerLock(ledger: path)
            let refusals = Task.detached {
                for _ in 0..<20_000 {
                    #expect(throws: LedgerError.inUse(path: path)) { try LedgerLock(ledger: path) }
                }
            }
            let isDone = Mutex(false)
            let opener = Task.detached {
                var lost = 0
                while !isDone.withLock({ $0 }) {
                    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    for _ in 0..<20 { sched_yield() }
                    if close(descriptor) != 0 { lost += 1 }
                }
                return lost
            }
            await refusals.value
            isDone.withLock { $0 = true }
            #expect(await opener.value == 0)
            withExtendedLifetime(lock) {}
        }
    }

    @Test("has one planner on a machine")
    func lock() async throws {
        try await withFolder { folder in
            let path = "\(folder)/c.sqlite"
            var lock: LedgerLock? = try LedgerLock(ledger: path)
            #expect(throws: LedgerError.inUse(path: path)) { try LedgerLock(ledger: path) }
            withExtendedLifetime(lock) {}
            lock = nil
            #expect(throws: Never.self) { try LedgerLock(ledger: path) }
        }
    }

    private func event(_ id: String) throws -> Event {
        Event(id: id, campaign: try CampaignName("c"), time: 1, body: .paused(.init(by: "test", reason: "r")))
    }
}
