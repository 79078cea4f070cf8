import Foundation
import Support
import Testing

/// Files that people attach to results.
@Suite("An attachment", .timeLimit(.minutes(5)))
struct AttachmentTests {
    @Test("is on the disk under its SHA-256, belongs to the result, and is handed out as what it is and nothing else")
    func kept() async throws {
        let byHand: (String) -> String = { text in
            text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("instrument") }
                .joined(separator: "\n")
        }
        try await Workplace.with(byHand) { place in
            let room = try await Room(
                place, "run", place.file, "--serve", "--listen", "0", "--attachment-limit", "1",
                environment: place.local)
            defer { room.program.signal(SIGKILL) }
            let path = "/api/campaigns/\(place.name)"
            let picture = "\(place.folder)/../strange name;<b>.png"
            try Data((0..<2000).map { UInt8($0 % 251) }).write(to: URL(fileURLWithPath: picture))
            defer { try? FileManager.default.removeItem(atPath: picture) }
            #expect(
                await eventually {
                    (try? await room.curl("\(path)/attachments?name=a.png", "--data-binary", "@\(picture)").contains(
                        "201"))
                        == true
                })
            let name = "..%2F..%2Fstrange%20name%3B%3Cb%3E.png"
            let answer = try await room.curl("\(path)/attachments?name=\(name)", "--data-binary", "@\(picture)")
            let sha = try #require(try /"sha256":"([0-9a-f]{64})"/.firstMatch(in: answer)?.1)
            #expect(
                answer.contains("\"bytes\":2000") && answer.contains("attachments/\(sha)/a.png"), "the first name stays"
            )
            #expect(FileManager.default.fileExists(atPath: "\(place.folder)/data/attachments/\(sha)/a.png"))

            let json = "Content-Type: application/json"
            let taken = try await room.curl("\(path)/jobs/take", "-H", json, "-d", #"{"worker": "ann"}"#)
            let job = try #require(try /"job":"([^"]+)"/.firstMatch(in: taken)?.1)
            let unknown = try await room.curl(
                "\(path)/jobs/\(job)/result", "-H", json, "-d",
                #"{"worker": "ann", "values": {"branin": 1}, "attachments": ["../../etc/passwd"]}"#)
            #expect(unknown.contains("422") && unknown.contains("unknown-attachment"), "\(unknown)")
            let kept = try await room.curl(
                "\(path)/jobs/\(job)/result", "-H", json, "-d",
                #"{"worker": "ann", "values": {"branin": 1}, "attachments": ["\#(sha)"]}"#)
            #expect(kept.contains("200 OK"), "\(kept)")
            #expect(
                await eventually {
                    (try? await room.get("/campaigns/\(place.name)/jobs/\(job)").text.contains(
                        "attachments/\(sha)/a.png"))
                        == true
                })
            let file = try await room.curl(
                "/campaigns/\(place.name)/attachments/\(sha)/a.png", "-o", "/dev/null", "-D", "-")
            #expect(file.contains("image/png") && file.contains("nosniff") && file.contains("default-src 'none'"))
            for wrong in [
                "\(sha)/b.png", "..%2f..%2f\(place.name).sqlite/x", "\(sha)/..%2f..%2fusers.json", "%2e%2e/users.json",
            ] {
                let answer = try await room.curl("/campaigns/\(place.name)/attachments/\(wrong)")
                #expect(answer.contains("404"), "\(wrong): \(answer)")
            }
            let large = "\(place.folder)/large"
            try Data(count: 1 << 20 + 1).write(to: URL(fileURLWithPath: large))
            let refused = try await room.curl("\(path)/attachments?name=x", "--data-binary", "@\(large)")
            #expect(refused.contains("413") && refused.contains("at most 1 MiB") || refused.isEmpty, "\(refused)")
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(place.folder)/data/attachments")
            #expect(left == [String(sha)], "nothing of it is left")
        }
    }
}
