import Campaigns
import Foundation
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
            #expect(file.lastPathComponent == "\(event.body.type).json")
            let original = try JSONSerialization.jsonObject(with: text) as? NSDictionary
            let written = try JSONSerialization.jsonObject(with: event.json()) as? NSDictionary
            #expect(original == written, "\(file.lastPathComponent)")
        }
        #expect(
            types == [
                "published", "started", "measured", "failed", "paused", "resumed", "stopped", "withdrawn", "finished",
                "dead", "unreadable", "held", "progressed", "released", "overdue",
            ])
    }

    @Test("may have keys that a later version adds")
    func unknownKeys() throws {
        let text =
            #"{"version":1,"type":"paused","id":"a","campaign":"c","time":1,"by":"b","reason":"r","colour":"blue"}"#
        #expect(try Event(json: Data(text.utf8)).body.type == "paused")
    }
}
