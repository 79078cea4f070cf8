import Campaigns
import Foundation
import Support
import Testing

@Suite("Protocols/examples")
struct ProtocolTests {
    private static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Protocols/examples")
    }

    @Test("has a message of every type but the planner's opening, and each is read and written back as it stands")
    func examples() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
        var types: Set<String> = []
        for file in files {
            let text = try Data(contentsOf: file)
            let event = try Event(json: text)
            types.insert(event.body.type)
            #expect(["\(event.body.type).json", "\(event.body.type)-batch.json"].contains(file.lastPathComponent))
            let original = try JSONSerialization.jsonObject(with: text) as? NSDictionary
            let written = try JSONSerialization.jsonObject(with: event.json()) as? NSDictionary
            #expect(original == written, "\(file.lastPathComponent)")
        }
        #expect(
            types == [
                "published", "started", "claimed", "measured", "failed", "paused", "resumed", "stopped", "withdrawn",
                "finished",
                "dead", "unreadable", "held", "returned", "present", "injected", "progressed", "released", "overdue",
                "excluded", "included", "corrected", "commented", "moved", "budgeted",
            ])
    }

    @Test(
        "and their variants are taken or refused by the schema as they are by Swift",
        .enabled(if: ProcessInfo.processInfo.environment["BURETTE_TEST_BROKER"] != nil, "start this with deploy/test"))
    func schema() async throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
        var variants: [String] = []
        func add(_ object: [String: Any]) throws {
            variants.append(
                String(
                    decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self))
        }
        for file in files.sorted(by: { $0.path < $1.path }) {
            let text = try Data(contentsOf: file)
            let object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
            try add(object)
            for key in object.keys.sorted() {
                try add(object.filter { $0.key != key })
                for value: Any in [NSNull(), "text", 7, 0.5, true, [Any](), [String: Any]()] {
                    try add(object.merging([key: value]) { $1 })
                }
            }
        }
        let script = """
            import json, jsonschema, sys
            validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
            for line in open(sys.argv[2]): print(int(validator.is_valid(json.loads(line))))
            """
        let verdicts = try await withFolder { folder in
            let path = "\(folder)/variants.jsonl"
            try variants.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let schema = Self.folder.deletingLastPathComponent().appendingPathComponent("messages.schema.json").path
            let outcome = try await command("/usr/bin/python3", ["-c", script, schema, path])
            try #require(outcome.status == 0, "\(outcome.errors)")
            return outcome.output.split(separator: "\n").map { $0 == "1" }
        }
        try #require(verdicts.count == variants.count && verdicts.count > 500)
        for (variant, isValid) in zip(variants, verdicts) {
            let isTaken = (try? Event(json: Data(variant.utf8))) != nil
            #expect(isTaken == isValid, "\(variant)")
        }
    }

    @Test("may have keys that a later version adds")
    func unknownKeys() throws {
        let text =
            #"{"version":1,"type":"paused","id":"a","campaign":"c","time":1,"by":"b","reason":"r","colour":"blue"}"#
        #expect(try Event(json: Data(text.utf8)).body.type == "paused")
    }
}
