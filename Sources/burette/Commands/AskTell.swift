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
            {"tell": [{"parameters": {"x0": 1.5}, "values": {"f": 0.3}}]}   has no answer; bad values end the program
            {"tell": [...], "confirm": true}                                answers {"told": 1}, or {"refused": {"reason": ...}}
            {"fail": [{"x0": 9.5}], "kind": "infeasible"}                   has no answer: measurements there failed
            {"ask": {"count": 1, "pending": [{"x0": 2.5}]}}                 answers {"recommendations": [{"parameters": {"x0": 0.7}}]}
            {"ask": {"count": 8, "shared": ["x0"]}}                         answers eight that have the same x0
            {"best": true}                                                  answers {"best": {"parameters": {"x0": 1.5}, ...}}: the best mean
            {"describe": true}                                              answers {"parameters": [...], "objectives": [...]}
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
            /// Parameters that all recommendations have the same values of.
            var shared: [String]?
        }
        struct Told: Decodable {
            var parameters: Point
            var values: [String: Double]
            /// What was asked for, where the parameters are what was really set.
            var asked: Point?
            /// The values that are limits only.
            var limits: [String: Limit]?
            /// The standard errors of the values, as far as they are known.
            var errors: [String: Double]?
            /// Whether a person vouches for it, however it looks.
            var trusted: Bool?
        }
        var tell: [Told]?
        /// Where measurements failed.
        var fail: [Point]?
        /// Whether these points are at fault.
        var kind: FailureKind?
        var ask: Ask?
        /// Whether a tell is answered, and a refused one only leaves nothing told.
        var confirm: Bool?
        var describe: Bool?
        /// Whether the best observation is asked for.
        var best: Bool?
    }

    /// The observation that `burette report` would call the best; null before there is one.
    private struct Best: Encodable {
        struct Found: Encodable {
            var parameters: Point
            var values: [String: Double]
            var predicted: Predicted?
        }
        struct Predicted: Encodable {
            var mean: Double
            var deviation: Double
        }
        var best: Found?
    }

    private struct Told: Encodable { var told: Int }

    private struct Refused: Encodable {
        struct Why: Encodable {
            var reason: String
            var error: Refusal.Details?
        }
        var refused: Why
    }

    private struct Description: Encodable {
        var parameters: [Parameter]
        var objectives: [Objective]
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
            if line.describe == true {
                try answer(Description(parameters: campaign.space.parameters, objectives: campaign.objectives), encoder)
            }
            if let told = line.tell {
                do {
                    input.observations += try told.map { try observation($0, campaign, number) }
                    if line.confirm == true { try answer(Told(told: told.count), encoder) }
                } catch let error as WrongData where line.confirm == true {
                    let why = Refused.Why(reason: error.description, error: error.refusal?.details)
                    try answer(Refused(refused: why), encoder)
                }
            }
            for point in line.fail ?? [] {
                try check(point, campaign, number)
                // After an accident it is as if nobody had asked.
                guard line.kind != .accident else { continue }
                input.failed.append(point)
                if line.kind == nil { input.undecided.append(point) }
            }
            if line.best == true { try answer(best(planner, campaign, input), encoder) }
            guard let ask = line.ask else { continue }
            input.pending = ask.pending ?? []
            for point in input.pending { try check(point, campaign, number) }
            let names = campaign.space.parameters.map(\.name)
            if let stranger = ask.shared?.first(where: { !names.contains($0) }) {
                throw WrongData("standard input, line \(number)", .unknownParameter(stranger, known: names))
            }
            let recommendations = try recommend(max(1, ask.count ?? 1), ask.shared, planner, campaign, input)
            try answer(
                Answer(
                    recommendations: recommendations.map {
                        .init(parameters: $0.parameters, explanation: $0.explanation)
                    }), encoder)
        }
    }

    private func best(_ planner: any Planner, _ campaign: Campaign, _ input: PlannerInput) -> Best {
        let known = PlannerInput(observations: input.observations)
        if let prediction = planner.best(given: known) {
            let observation = input.observations[prediction.observation]
            return Best(
                best: .init(
                    parameters: observation.parameters, values: observation.values,
                    predicted: .init(mean: prediction.mean, deviation: prediction.standardDeviation)))
        }
        let objective = campaign.objectives[0]
        let best = input.observations.filter { $0.values[objective.name] != nil }.min { one, other in
            objective.prefers(one.values[objective.name] ?? 0, to: other.values[objective.name] ?? 0)
        }
        return Best(best: best.map { .init(parameters: $0.parameters, values: $0.values) })
    }

    /// What an ask gets: points that share what it says, or else as the campaign's batches do.
    private func recommend(
        _ count: Int, _ shared: [String]?, _ planner: any Planner, _ campaign: Campaign, _ input: PlannerInput
    ) throws -> [Recommendation] {
        if shared == nil, let batches = campaign.batches {
            return try planner.recommend(count, in: batches, given: input).flatMap(\.self)
        }
        return try planner.recommend(count, sharing: shared ?? [], given: input)
    }

    private func answer(_ answer: some Encodable, _ encoder: JSONEncoder) throws {
        Output.data(String(decoding: try encoder.encode(answer), as: UTF8.self))
    }

    private func observation(_ told: Line.Told, _ campaign: Campaign, _ number: Int) throws -> Observation {
        try check(told.asked ?? told.parameters, campaign, number)
        let job = Job(id: JobID("0"), parameters: told.parameters, of: campaign)
        let result = MeasurementResult(told.values, errors: told.errors ?? [:]).separatingCost(of: job)
        let refusal =
            campaign.space.refusal(ofMeasured: told.parameters)
            ?? job.refusal(of: result)
        if let refusal { throw WrongData("standard input, line \(number)", refusal) }
        var observation = Observation(
            parameters: told.parameters, values: result.values, asked: told.asked, cost: result.cost,
            limits: told.limits, errors: told.errors)
        observation.isTrusted = told.trusted
        return observation
    }

    private func check(_ point: Point, _ campaign: Campaign, _ number: Int) throws {
        guard let refusal = campaign.space.refusal(of: point) else { return }
        throw WrongData("standard input, line \(number)", refusal)
    }
}

extension Recipe.Part: ExpressibleByArgument {}
