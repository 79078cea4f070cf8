import Foundation
import Support
import Testing

/// `burette watch` on a terminal.
@Suite("A campaign on the whole terminal", .timeLimit(.minutes(5)))
struct WatchScreenTests {
    @Test("is drawn anew as it moves, with a bar and a lane for each worker, until q; the terminal is given back")
    func quit() async throws {
        try await Workplace.with({ $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 5000") }) {
            place in
            let run = try Program(["run", place.file, "--speed", "20"], environment: place.local)
            defer { run.signal(SIGKILL) }
            #expect(await eventually { run.saidSoFar.contains(" measured") })
            let watch = try Program.atTerminal(
                ["watch", place.name], environment: place.local.merging(["LANG": "C.UTF-8"]) { $1 })
            #expect(
                await eventually {
                    frame(of: watch).contains("worker-3 ") && frame(of: watch).contains("best branin = ")
                })
            let first = frame(of: watch)
            #expect(first.contains("/5000") && first.contains("q quits") && first.contains("█"), "\(first)")
            #expect(await eventually { frame(of: watch) != first }, "it moves")
            try watch.type("q")
            #expect(try await watch.outcome().status == 0)
            #expect(watch.shown.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"), "the terminal is as it was")
        }
    }

    @Test("ends at Ctrl-C and at SIGTERM with status 130, and says how a campaign ended")
    func ends() async throws {
        try await Workplace.with { place in
            let run = try Program(["run", place.file, "--speed", "5"], environment: place.local)
            defer { run.signal(SIGKILL) }
            #expect(await eventually { run.saidSoFar.contains(" measured") })
            let watch = try Program.atTerminal(["watch", place.name], environment: place.local)
            #expect(await eventually { frame(of: watch).contains("q quits") })
            try watch.type("\u{3}")
            #expect(try await watch.outcome().status == 130)
            #expect(watch.shown.contains("\u{1B}[?1049l"))
            let last = try Program.atTerminal(["watch", place.name], environment: place.local)
            #expect(await eventually(within: 60) { !last.isRunning })
            #expect(try await last.outcome().status == 0)
            #expect(last.shown.contains("\(place.name) is finished: all 20 measurements are done"))
        }
    }

    @Test("shows what a worker or a person wrote, and obeys none of it")
    func harmless() async throws {
        try await Workplace.with { place in
            #expect(
                try await Program(["run", place.file, "--speed", "500"], environment: place.local).outcome().status == 0
            )
            let hostile = "\u{1B}]0;owned\u{7}\u{1B}[2Jgone"
            #expect(
                try await Program.run("comment", place.name, "best", hostile, environment: place.local).status == 0)
            let watch = try Program.atTerminal(["watch", place.name], environment: place.local)
            _ = try await watch.outcome()
            #expect(!watch.shown.contains("\u{1B}]0;") && !watch.shown.contains("\u{1B}[2J"))
            #expect(watch.shown.contains("gone"))
        }
    }

    /// What is on the screen.
    private func frame(of program: Program) -> String {
        program.shown.components(separatedBy: "\u{1B}[H").last ?? ""
    }
}
