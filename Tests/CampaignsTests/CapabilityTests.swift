import Campaigns
import Foundation
import Testing

@Suite("What a worker can do")
struct CapabilityTests {
    private let space = ParameterSpace([
        Parameter(name: "T", domain: .continuous(low: 0, high: 100, scale: .linear)),
        Parameter(name: "level", domain: .discrete(levels: [0, 0.1, 0.2, 0.30000000000000004], scale: .linear)),
        Parameter(
            name: "solvent", domain: .categorical(options: ["water", "THF", "a,b"], descriptors: [[1], [2], [3]])),
    ])

    @Test("is read from texts, one for each parameter, and has a name that a queue can have")
    func texts() throws {
        let capability = try Capability(texts: ["solvent=water,THF,water", "T=20...80.5"])
        #expect(capability == Capability(["T": .range(low: 20, high: 80.5), "solvent": .listed(["THF", "water"])]))
        #expect(capability.queueName == "T=20~80%2E5;solvent=THF,water")
        #expect(capability.description == "T=20...80.5 solvent=THF,water")
        #expect(Capability(["ä.b": .listed(["a,b", "c"])]).queueName == "%C3%A4%2Eb=a%2Cb,c")
        #expect(try JSONDecoder().decode(Capability.self, from: JSONEncoder().encode(capability)) == capability)
    }

    @Test(
        "is refused where it is none",
        arguments: [
            (["solvent"], "no parameter=value"), (["=water"], "no parameter=value"),
            (["T=80...20"], "low must not be above"),
            (["T=1...2", "T=3...4"], "stands twice"),
            (["solvent=" + (0..<40).map { "option\($0)" }.joined(separator: ",")], "too much for a queue's name"),
        ])
    func refused(texts: [String], reason: String) {
        let error = #expect(throws: Capability.Unclear.self) { try Capability(texts: texts) }
        #expect(error?.description.contains(reason) == true)
    }

    @Test("admits the points that lie in the part of a space that it restricts it to, and no others")
    func restricts() throws {
        let capability = try Capability(texts: ["T=20...80", "level=0.1,0.3", "solvent=THF"])
        let part = try #require(capability.restricting(space))
        #expect(part.parameters[1].cardinality == 2)
        #expect(part.parameters[2].domain == .categorical(options: ["THF"], descriptors: [[2]]))
        for (temperature, level, solvent) in [
            (20.0, 0.1, "THF"), (80, 0.3, "THF"), (19.9, 0.1, "THF"), (50, 0.2, "THF"), (50, 0.1, "water"),
        ] {
            let point: Point = ["T": .number(temperature), "level": .number(level), "solvent": .option(solvent)]
            #expect(capability.admits(point) == (part.refusal(of: point) == nil), "\(point)")
        }
        #expect(capability.admits(["T": .number(50)]), "what is absent asks nothing of a worker")
        for texts in [["colour=red"], ["solvent=DMF"], ["T=200...300"], ["T=20"], ["level=0.15"]] {
            #expect(try Capability(texts: texts).restricting(space) == nil, "\(texts)")
        }
    }
}
