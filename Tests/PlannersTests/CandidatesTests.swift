import Campaigns
import Foundation
import Support
import Testing

@testable import Planners

@Suite("A campaign over listed candidates", .timeLimit(.minutes(5)))
struct CandidatesTests {
    /// A campaign over a file of its own.
    private func withLibrary(
        _ csv: String, _ more: String = "", columns: String = "", kind: String = "gaussian-process",
        _ body: (Campaign) throws -> Void
    ) async throws {
        try await withFolder { folder in
            try csv.write(toFile: "\(folder)/library.csv", atomically: true, encoding: .utf8)
            let path = "\(folder)/campaign.yaml"
            try """
            campaign: library
            candidates: {file: library.csv\(columns)}
            objectives: [{name: activity, goal: maximize}]
            planner: {kind: \(kind), seed: 1}
            \(more)
            """.write(toFile: path, atomically: true, encoding: .utf8)
            try body(try CampaignFile.read(path: path))
        }
    }

    /// Compounds with two descriptors; the best lies at (0.7, 0.2).
    private static func library(_ count: Int) -> String {
        var dice = Dice(seed: 7)
        let rows = (0..<count).map { number in
            "\"C\(number), 99%\",\(Double.random(in: 0...1, using: &dice)),\(Double.random(in: 100...200, using: &dice))"
        }
        return (["compound,logP,mass"] + rows).joined(separator: "\n") + "\n"
    }

    @Test("has the rows of its file for points, their numbers as descriptors")
    func definition() async throws {
        try await withLibrary(Self.library(500)) { campaign in
            #expect(campaign.space.parameters.map(\.name) == ["compound"])
            #expect(
                campaign.space.candidates?.rows == 500 && campaign.space.candidates?.descriptors == ["logP", "mass"])
            #expect(campaign.space.refusal(of: ["compound": .option("C3, 99%")]) == nil)
            #expect(campaign.space.refusal(of: ["compound": .option("C500, 99%")])?.details.code == "not-a-candidate")
            let json = try JSONEncoder().encode(campaign)
            #expect(try JSONDecoder().decode(Campaign.self, from: json) == campaign && json.count < 2000)
        }
    }

    @Test("proposes each row once, finds the best by the descriptors, and ends when all are measured")
    func search() async throws {
        try await withLibrary(Self.library(400)) { campaign in
            let table = try CandidateTables.shared.table(
                of: try #require(campaign.space.candidates))
            func value(_ point: Point) throws -> Double {
                let features = table.features(try #require(table.row(of: point)))
                return 10 - 20 * (pow(features[0] - 0.7, 2) + pow(features[1] - 0.2, 2))
            }
            let best = try (0..<400).map { try value(table.point($0)) }.max() ?? 0
            let planner = try Planners.planner(for: campaign)
            var input = PlannerInput()
            for _ in 0..<30 {
                let point = try #require(try planner.recommend(1, given: input).first?.parameters)
                #expect(campaign.space.refusal(of: point) == nil && !input.points.contains(point))
                input.observations.append(Observation(parameters: point, values: ["activity": try value(point)]))
            }
            #expect(input.observations.compactMap { $0.values["activity"] }.max() == best)
            #expect(planner.best(given: input) != nil && planner.regret(given: input) != nil)
            for row in 0..<400 where table.point(row) != input.observations[0].parameters {
                input.pending.append(table.point(row))
            }
            #expect(try planner.recommend(1, given: input).isEmpty)
        }
    }

    @Test(
        "may have several columns of parameters, constraints, and workers that can do some of them",
        arguments: ["gaussian-process", "random", "sobol", "grid"])
    func constrained(kind: String) async throws {
        let rows = (0..<60).map { "\(20 + $0),\($0 % 2 == 0 ? "THF" : "water"),\($0 % 2)" }
        let csv = (["T,solvent,polarity"] + rows).joined(separator: "\n")
        try await withLibrary(
            csv, "constraints: [\"T <= 50\"]", columns: ", parameters: [T, solvent]", kind: kind
        ) { campaign in
            #expect(campaign.space.candidates?.descriptors == ["polarity"])
            let planner = try Planners.planner(for: campaign)
            let only = Capability(["solvent": .listed(["THF"])])
            for (only, count) in [(nil, 31), (only, 16)] {
                var input = PlannerInput(only: only)
                while let point = try planner.recommend(1, given: input).first?.parameters {
                    #expect(campaign.space.refusal(of: point) == nil && only?.admits(point) != false)
                    let value = point["T"]?.number ?? 0
                    input.observations.append(Observation(parameters: point, values: ["activity": value]))
                    guard input.observations.count < 40 else { break }
                }
                #expect(Set(input.points).count == count && input.points.count == count)
            }
        }
    }

    @Test("has its own parameters, whatever other columns of the same file another one took")
    func columns() async throws {
        try await withFolder { folder in
            try "T,solvent,polarity\n20,THF,1\n30,water,2\n"
                .write(toFile: "\(folder)/library.csv", atomically: true, encoding: .utf8)
            let all = [["T", "solvent"], ["solvent"]]
            let campaigns = try all.map { names in
                let path = "\(folder)/campaign.yaml"
                try """
                campaign: library
                candidates: {file: library.csv, parameters: [\(names.joined(separator: ", "))], descriptors: [polarity]}
                objectives: [{name: activity, goal: maximize}]
                """.write(toFile: path, atomically: true, encoding: .utf8)
                return try CampaignFile.read(path: path)
            }
            for (campaign, names) in zip(campaigns, all) {
                let next = try Planners.planner(for: campaign).recommend(1, given: PlannerInput())
                let point = try #require(next.first?.parameters)
                #expect(point.keys.sorted() == names && campaign.space.refusal(of: point) == nil)
            }
        }
    }

    @Test("goes on where rows that were measured, failed or are pending are gone from the file")
    func shrunk() async throws {
        var input = PlannerInput()
        try await withLibrary(Self.library(80)) { campaign in
            let points = try Planners.planner(for: campaign).recommend(10, given: PlannerInput()).map(\.parameters)
            input.pending = [points[0]]
            input.failed = [points[1]]
            input.observations = points.dropFirst(2).enumerated().map {
                Observation(parameters: $1, values: ["activity": Double($0)])
            }
        }
        let gone = [input.pending[0], input.failed[0], input.observations[7].parameters].compactMap { point in
            if case .option(let name)? = point["compound"] { name } else { nil }
        }
        let left = Self.library(80).split(separator: "\n").filter { row in !gone.contains { row.contains($0) } }
        #expect(left.count == 78)
        try await withLibrary(left.joined(separator: "\n")) { campaign in
            let planner = try Planners.planner(for: campaign)
            let next = try planner.recommend(3, given: input).map(\.parameters)
            #expect(next.count == 3 && next.allSatisfy { campaign.space.refusal(of: $0) == nil })
            #expect(planner.best(given: input) != nil && planner.regret(given: input) != nil)
        }
    }

    @Test(
        "says what is wrong with its file",
        arguments: [
            ("compound,mass\nA,1\nB\n", "row 3: has no mass"),
            ("compound,mass\nA,1\nB,heavy\n", "row 3: mass is \"heavy\", not a number"),
            ("compound,mass\nA,1\nA,2\n", "row 3: is the same candidate as row 2"),
            ("compound\nA\nB\n", "has no column of numbers"), ("compound,mass\n", "has no candidate"),
            ("compound,mass,mass\nA,1,2\n", "the column \"mass\" stands twice"),
        ])
    func mistakes(csv: String, says: String) async throws {
        await #expect {
            try await withLibrary(csv) { _ in }
        } throws: {
            "\($0)".contains(says)
        }
    }
}
