import Foundation
import Support
import Testing

/// The campaign files of docs/campaigns.md.
@Suite("The ten problems of the documentation", .timeLimit(.minutes(5)))
struct ProblemsTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = repository.appendingPathComponent("examples/problems")

    /// The campaign files on the page, by name.
    private static func page() throws -> [String: String] {
        let text = try String(contentsOf: repository.appendingPathComponent("docs/campaigns.md"), encoding: .utf8)
        var files: [String: String] = [:]
        for section in text.components(separatedBy: "\n## ").dropFirst() {
            let file = try #require(section.firstMatch(of: /`([a-z]+\.yaml)`/)?.output.1)
            let lines = section.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
            files[String(file)] = lines.joined(separator: "\n") + "\n"
        }
        return files
    }

    @Test("are the files beside the examples")
    func files() throws {
        let page = try Self.page()
        #expect(page.count == 10)
        for (name, text) in page {
            #expect(
                try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8) == text, "\(name)")
        }
    }

    private static let names = [
        "reaction", "mixture", "additives", "plate", "boiling", "ligand", "clogging", "robot", "column", "furnace",
    ]

    @Test("are run to their end, and hold what they say", arguments: names)
    func run(name: String) async throws {
        try await withFolder { folder in
            for file in ["\(name).yaml", "laboratory.py"] {
                try FileManager.default.copyItem(
                    atPath: Self.folder.appendingPathComponent(file).path, toPath: "\(folder)/\(file)")
            }
            let environment = ["BURETTE_DATA": "\(folder)/data"]
            func burette(_ arguments: String...) async throws -> Program.Outcome {
                try await Program(arguments, environment: environment).outcome()
            }
            let outcome = try await burette("run", "\(folder)/\(name).yaml")
            #expect(outcome.status == 0, "\(outcome.errors)")
            let rows = try await burette("export", name, "--format", "jsonl").output.split(separator: "\n").map {
                try JSONDecoder().decode(Row.self, from: Data($0.utf8))
            }
            // How many a budget of cost allows depends on the points, and these on the processor's last digits.
            #expect(rows.count >= 10, "\(rows.count)")
            for row in rows { #expect(row.holds(name), "\(row)") }
            // Some of what was planned, in another process. What tries a point again after an accident was not planned.
            for row in [rows[rows.count - 4], rows[rows.count - 1]] {
                let replay = try await burette("replay", name, row.job)
                let isRetry = replay.status == 65 && replay.errors.contains("again, after an accident; replay that one")
                #expect(
                    replay.status == 0 || name == "robot" && isRetry,
                    "\(name), job \(row.job): \(replay.output) \(replay.errors)")
            }
            let report = try await burette("report", name).output
            switch name {
            case "clogging": #expect(report.contains(" infeasible)"), "\(report)")
            case "plate":
                // A job is a plate of six wells; as many as the budget allows have one temperature.
                let plates = Dictionary(grouping: rows) { $0.job.split(separator: ".")[0] }.values
                #expect(plates.allSatisfy { plate in Set(plate.map { $0.number("temperature") }).count == 1 })
                #expect(plates.count { $0.count == 6 } >= 3, "\(plates.map(\.count))")
            case "column": #expect(report.contains("its experiments have cost"))
            case "robot": #expect(report.contains("12 measured, 2 failed (2 by accident)"), "\(report)")
            default: break
            }
        }
    }
}

private struct Row: Decodable {
    enum Value: Decodable, Equatable {
        case number(Double)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = try (try? container.decode(Double.self)).map(Value.number) ?? .text(container.decode(String.self))
        }
    }

    var job: String
    var parameters: [String: Value]

    func number(_ name: String) -> Double { if case .number(let number)? = parameters[name] { number } else { .nan } }

    func text(_ name: String) -> String { if case .text(let text)? = parameters[name] { text } else { "" } }

    private var sum: Double { parameters.keys.map(number).reduce(0, +) }

    /// What the problem of that name says of every experiment, said again.
    func holds(_ problem: String) -> Bool {
        switch problem {
        case "mixture": abs(sum - 1) < 1e-9 && number("acceptor_2") >= 0.1
        case "additives": parameters.keys.count { number($0) > 0 } <= 3 && sum <= 20
        case "plate": sum - number("temperature") == 10 && number("acid") + number("base") >= 1
        case "boiling":
            number("temperature") <= (["ether": 30, "THF": 60][text("solvent")] ?? 150)
                && 2 * number("temperature") - number("pressure") <= 220
        case "ligand":
            (parameters["loading"] != nil) == (text("catalyst") != "none")
                && (parameters["ligand"] != nil) == (text("catalyst") == "Pd")
        default: true
        }
    }
}
