import ArgumentParser
import Campaigns
import Foundation
import Planners

/// `burette asktell`: the planner as a program that speaks JSON lines.
struct AskTell: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asktell", abstract: "Ask and tell over JSON Lines, without a broker or ledger.",
        discussion: help(
            """
            {"tell": [{"parameters": {"x0": 1.5}, "values": {"f": 0.3}}]}   has no answer
            {"ask": {"count": 1, "pending": [{"x0": 2.5}]}}                 answers {"recommendations": [{"parameters": {"x0": 0.7}}]}
            """, examples: "burette asktell mine.yaml", "burette asktell mine.yaml --without fantasies"))

    @Argument(help: "The campaign file.") var file: String
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Ablation: leave out parts of the planner: \(Recipe.Part.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "part"))
    var without: [Recipe.Part] = []

    private struct Line: Decodable {
        struct Ask: Decodable {
            var count: Int?
            var pending: [Point]?
        }
        struct Told: Decodable {
            var parameters: Point
            var values: [String: Double]
        }
        var tell: [Told]?
        var ask: Ask?
    }

    private struct Answer: Encodable {
        struct Recommended: Encodable {
            var parameters: Point
            var explanation: Explanation?
        }
        var recommendations: [Recommended]
    }

    func run() throws {
        let campaign = try CampaignFile.read(path: file)
        let planner = try Planners.planner(for: campaign, recipe: Recipe(ablating: Set(without)))
        var input = PlannerInput()
        var number = 0
        let encoder = JSONEncoder.oneLine
        while let text = readLine() {
            number += 1
            if text.allSatisfy(\.isWhitespace) { continue }
            let line: Line
            do {
                line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            } catch {
                throw WrongData("standard input, line \(number): neither {\"tell\": [...]} nor {\"ask\": {...}}")
            }
            for told in line.tell ?? [] { input.observations.append(try observation(told, campaign, number)) }
            guard let ask = line.ask else { continue }
            input.pending = ask.pending ?? []
            for point in input.pending { try check(point, campaign, number) }
            let recommendations = try planner.recommend(max(1, ask.count ?? 1), given: input)
            let answer = Answer(
                recommendations: recommendations.map { .init(parameters: $0.parameters, explanation: $0.explanation) })
            Output.data(String(decoding: try encoder.encode(answer), as: UTF8.self))
        }
    }

    private func observation(_ told: Line.Told, _ campaign: Campaign, _ number: Int) throws -> Observation {
        try check(told.parameters, campaign, number)
        for objective in campaign.objectives {
            guard told.values[objective.name]?.isFinite == true else {
                throw WrongData(
                    "standard input, line \(number): the values lack \"\(objective.name)\", or it is no finite number")
            }
        }
        return Observation(parameters: told.parameters, values: told.values)
    }

    private func check(_ point: Point, _ campaign: Campaign, _ number: Int) throws {
        guard let refusal = campaign.space.refusal(of: point) else { return }
        throw WrongData("standard input, line \(number)", refusal)
    }
}

extension Recipe.Part: ExpressibleByArgument {}
