import Foundation
import Support
import Testing

/// `burette simulate`.
@Suite("A campaign in virtual time", .timeLimit(.minutes(5)))
struct SimulateTests {
    @Test("lasts less with more workers, ends worse with very many, and is the same for the same seeds")
    func study() async throws {
        try await Workplace.with { place in
            let outcomes = try await [1, 2].asyncMap { _ in
                try await Program.run(
                    "simulate", place.file, "--workers", "1,4,20", "--seeds", "3", "--json", environment: place.local)
            }
            #expect(outcomes[0].status == 0 && outcomes[0].output == outcomes[1].output, "\(outcomes[0].errors)")
            let study = try #require(
                try JSONSerialization.jsonObject(with: Data(outcomes[0].output.utf8)) as? [String: Any])
            let rows = try #require(study["rows"] as? [[String: Any]])
            #expect(rows.compactMap { $0["workers"] as? Int } == [1, 4, 20])
            let seconds = rows.compactMap { $0["seconds"] as? Double }
            // 20 measurements of 5 to 30 s: one after another some 350 s, all at once no longer than one.
            #expect((200...500).contains(seconds[0]) && seconds[1] < seconds[0] / 2 && (5...60).contains(seconds[2]))
            let best = rows.compactMap { $0["best"] as? Double }
            #expect(
                best[0] < 0.6 && best[2] > best[0], "with as many workers as measurements nothing is learnt: \(best)")
            #expect(!FileManager.default.fileExists(atPath: "\(place.folder)/data/\(place.name).sqlite"))
        }
    }

    @Test("takes the model that was learnt for the laboratory, where the campaign has no test function")
    func model() async throws {
        try await Workplace.with { place in
            #expect(
                try await Program(["run", place.file, "--speed", "500"], environment: place.local).outcome().status == 0
            )
            let text = try String(contentsOfFile: place.file, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let file = "\(place.folder)/people.yaml"
            try lines.filter { !$0.hasPrefix("instrument") }.joined(separator: "\n").write(
                toFile: file, atomically: true, encoding: .utf8)
            let outcome = try await Program.run(
                "simulate", file, "--workers", "1,2", "--seeds", "1", environment: place.local)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("the model of 20 measurements"), "\(outcome.output)")
            let nothing = try await Program.run(
                "simulate", file, environment: ["BURETTE_DATA": "\(place.folder)/nothing"])
            #expect(nothing.status == 65 && nothing.errors.contains("say what stands in for the laboratory"))
            let other = try await Program.run("simulate", file, "--surface", "hartmann6", environment: place.local)
            #expect(other.status == 65 && other.errors.contains("takes 6 numbers"), "\(other.errors)")
        }
    }
}

extension Array {
    /// What `body` makes of each, one after another.
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
