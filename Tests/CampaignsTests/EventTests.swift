import Campaigns
import Foundation
import Testing

@Suite("An event")
struct EventTests {
    private static var explanation: Explanation {
        var explanation = Explanation(planner: "p 1", observations: 4, pending: 2)
        (explanation.mean, explanation.standardDeviation, explanation.acquisition) = (1, 0.5, -3.25)
        explanation.hyperparameters = Explanation.Hyperparameters(
            lengthscales: [0.1], additiveLengthscales: [2], additivity: 0.3, variance: 1, noise: 1e-6, warp: "power",
            warpParameter: 0.5, samples: 8)
        explanation.troubles = [.jitter]
        return explanation
    }

    private static var bodies: [Event.Body] {
        get throws {
            let job = Job(
                id: JobID(number: 7, random: 0x3fa9c1), parameters: ["x": .number(0.1), "s": .option("THF")],
                objectives: ["y"], origin: .planned, redelivery: .fail,
                explanation: Self.explanation,
                basis: Job.Basis(observations: 4, pending: [JobID("0003-000000")], failed: []),
                planSeconds: 0.01)
            let campaign = try CampaignFile.parse(
                """
                campaign: c
                parameters: [{name: x, type: continuous, low: 0, high: 1}, {name: s, type: categorical, options: [THF]}]
                objectives: [{name: y, goal: minimize}]
                instrument: {surface: sphere, duration: {low: 1, high: 2}}
                """, file: "c.yaml")
            return [
                .opened(.init(planner: "p", software: "1", definition: campaign)), .published(job),
                .withdrawn(.init(job: job.id, reason: "r")),
                .started(.init(job: job.id, worker: "w", redelivered: true)),
                .measured(.init(job: job.id, worker: "w", values: ["y": 1e-12], began: 1, ended: 2.5)),
                .failed(.init(job: job.id, worker: "w", reason: "r", began: 1, ended: 2)),
                .dead(.init(job: job.id, reason: "r")),
                .unreadable(.init(by: "p", .outOfRange(parameter: "x", value: 2, low: 0, high: 1))),
                .paused(.init(by: "o", reason: "r")), .resumed(.init(by: "o", reason: "r")),
                .stopped(.init(by: "o", reason: "r")), .finished(.init(by: "p", reason: "r")),
            ]
        }
    }

    @Test("of every type comes back from JSON as it was")
    func roundTrip() throws {
        for body in try Self.bodies {
            let event = Event(id: "e", campaign: try CampaignName("c"), time: 1_764_000_000.123456, body: body)
            #expect(try Event(json: event.json()) == event)
        }
    }

    @Test("cannot be written with a number that is not finite")
    func notFinite() throws {
        let event = Event(
            id: "e", campaign: try CampaignName("c"), time: 1,
            body: .measured(.init(job: JobID("1"), worker: "w", values: ["y": .nan], began: 1, ended: 2)))
        #expect(throws: (any Error).self) { try event.json() }
    }

    @Test(
        "that cannot be read is refused with the reason",
        arguments: [
            ("", "not JSON"), ("{", "not JSON"), ("[]", "not a object"), ("\u{FF}\u{00}", "not JSON"),
            ("{}", "\"version\" is missing"), (#"{"version":2}"#, "version 2 is not known here"),
            (#"{"version":1,"type":"exploded"}"#, "no type of event"),
            (#"{"version":1,"type":"measured","id":"a","campaign":"c","time":1}"#, "\"job\" is missing"),
            (
                #"{"version":1,"type":"measured","id":"a","campaign":"c","time":1,"job":"1","worker":"w","values":{"y":"1"},"began":1,"ended":2}"#,
                "\"values.y\" is not a number"
            ),
            (
                #"{"version":1,"type":"measured","id":"a","campaign":"c","time":1,"job":"1","worker":"w","values":{"y":1e999},"began":1,"ended":2}"#,
                ""
            ),
            (
                #"{"version":1,"type":"paused","id":"a","campaign":"Not A Name","time":1,"by":"b","reason":"r"}"#,
                "cannot name a campaign"
            ),
            (#"{"version":1,"type":"paused","id":"","campaign":"c","time":1,"by":"b","reason":"r"}"#, "id must have"),
        ])
    func unreadable(text: String, reason: String) throws {
        let error = #expect(throws: Refusal.self) { try Event(json: Data(text.utf8)) }
        #expect("\(try #require(error))".contains(reason) || reason.isEmpty)
    }

    @Test("that is refused tells programs why, beside the sentence")
    func details() throws {
        let refusal = Refusal.outOfRange(parameter: "T", value: 120, low: 20, high: 80)
        let event = Event(
            id: "u", campaign: try CampaignName("c"), time: 1, body: .unreadable(.init(by: "p", refusal)))
        let json = String(decoding: try event.json(), as: UTF8.self)
        #expect(
            json.contains(
                #""error":{"allowed":{"high":80,"low":20},"code":"out-of-range","parameter":"T","value":120}"#),
            "\(json)")
        #expect(json.contains(#""reason":"T = 120 is outside 20...80""#))
        #expect(try Event(json: Data(json.utf8)) == event)
        #expect(Refusal.notFinite(objective: "y", value: .infinity).details.value == .option("inf"))
    }

    @Test(
        "with a key \"error\" that another program uses in its own way is taken as without it",
        arguments: [#""broken""#, "7", "[1]", #"{"message": 1}"#, "null"])
    func foreignError(value: String) throws {
        let json =
            #"{"version":1,"type":"failed","id":"a","campaign":"c","time":1,"job":"1","worker":"w","#
            + #""reason":"r","began":1,"ended":2,"error":\#(value)}"#
        guard case .failed(let failure) = try Event(json: Data(json.utf8)).body else {
            Issue.record("it is another event")
            return
        }
        #expect(failure.reason == "r" && failure.error == nil)
    }

    @Test("is never read from random bytes, deep nesting or a huge message, and none of them does harm")
    func garbage() {
        let seed = UInt64.random(in: .min ... .max)
        var state = seed
        for _ in 0..<2000 {
            var bytes = Data()
            for _ in 0..<Int(state >> 58) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(UInt8(truncatingIfNeeded: state >> 33))
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            #expect(throws: Refusal.self, "seed \(seed)") { try Event(json: bytes) }
        }
        let deep = Data((String(repeating: "[", count: 100_000)).utf8)
        #expect(throws: Refusal.self) { try Event(json: deep) }
        #expect(throws: Refusal.self) { try Event(json: Data(count: 10_000_000)) }
    }
}
