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
        let result = MeasurementResult(told.values).separatingCost(of: job)
        let refusal =
            campaign.space.refusal(ofMeasured: told.parameters)
            ?? job.refusal(of: result)
        if let refusal { throw WrongData("standard input, line \(number)", refusal) }
        return Observation(
            parameters: told.parameters, values: result.values, asked: told.asked, cost: result.cost,
            limits: told.limits)
    }

    private func check(_ point: Point, _ campaign: Campaign, _ number: Int) throws {
        guard let refusal = campaign.space.refusal(of: point) else { return }
        throw WrongData("standard input, line \(number)", refusal)
    }
}

extension Recipe.Part: ExpressibleByArgument {}
