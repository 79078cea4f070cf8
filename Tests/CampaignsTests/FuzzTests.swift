import Campaigns
import Foundation
import Support
import Testing

/// Whatever comes in is an event or is refused in words: nothing crashes, nothing hangs.
@Suite("The decoder of messages", .timeLimit(.minutes(5)))
struct FuzzTests {
    private static let examples: [Data] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Protocols/examples")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.compactMap { try? Data(contentsOf: $0) }
    }()

    @Test(
        "survives examples of every type with bytes changed, cut out, doubled and mixed, and reads back what it takes")
    func mutations() throws {
        let seed = UInt64.random(in: .min ... .max)
        var dice = Dice(seed: seed)
        var (taken, refused) = (0, 0)
        for _ in 0..<40_000 {
            let data = Self.mutant(&dice)
            do throws(Refusal) {
                let event = try Event(json: data)
                taken += 1
                let again = (try? event.json()).flatMap { try? Event(json: $0) }
                #expect(again == event, "seed \(seed): \(String(decoding: data, as: UTF8.self))")
            } catch {
                refused += 1
                #expect(!error.description.isEmpty && error.description.utf8.count < 1000, "seed \(seed)")
            }
        }
        #expect(taken > 100 && refused > 10_000)
    }

    @Test("refuses random bytes")
    func bytes() {
        let seed = UInt64.random(in: .min ... .max)
        var dice = Dice(seed: seed)
        for _ in 0..<20_000 {
            let data = Data(
                (0..<Int.random(in: 0...200, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) })
            #expect(throws: Refusal.self, "seed \(seed)") { try Event(json: data) }
        }
    }

    @Test("refuses in words what is deep, huge, infinite, of another type, or ten megabytes", arguments: oddities)
    fileprivate func refuses(oddity: Oddity) {
        let error = #expect(throws: Refusal.self) { try Event(json: Data(oddity.text.utf8)) }
        #expect(error?.description.contains(oddity.words) == true, "\(error?.description ?? "")")
    }

    private static func mutant(_ dice: inout Dice) -> Data {
        func pick(_ count: Int) -> Int { Int.random(in: 0..<max(1, count), using: &dice) }
        var bytes = [UInt8](examples[pick(examples.count)])
        for _ in 0..<(1 + pick(4)) {
            let position = pick(bytes.count)
            switch pick(6) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &dice)
            case 1: bytes.removeSubrange(position..<min(bytes.count, position + 1 + pick(20)))
            case 2: bytes.removeSubrange(position...)
            case 3: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 1 + pick(40))], at: position)
            case 4:
                let pieces = [
                    "1e308", "-0", "\"\"", "null", "[]", "{}", "1e999", "true", "\\u0000", "\u{FFFD}", ",", "NaN",
                ]
                bytes.insert(contentsOf: Array(pieces[pick(pieces.count)].utf8), at: position)
            default:
                let other = [UInt8](examples[pick(examples.count)])
                bytes = Array(bytes[..<position]) + other[pick(other.count)...]
            }
            if bytes.isEmpty { break }
        }
        return Data(bytes)
    }
}

private struct Oddity: Sendable, CustomTestStringConvertible {
    let text: String
    let words: String
    var testDescription: String { String(text.prefix(60)) }
}

private func result(_ key: String, _ value: String) -> String {
    var keys = [
        "version": "1", "type": "\"measured\"", "id": "\"a\"", "campaign": "\"c\"", "time": "1", "job": "\"j\"",
        "worker": "\"w\"", "values": "{\"y\": 1}", "began": "1", "ended": "2",
    ]
    keys[key] = value
    return "{" + keys.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
}

private let oddities: [Oddity] = [
    .init(text: String(repeating: "[", count: 100_000), words: "not JSON"),
    .init(text: String(repeating: "{\"a\":", count: 100_000), words: "not JSON"),
    .init(
        text: result(
            "values", "{\"y\": " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + "}"),
        words: "not JSON"),
    .init(text: result("values", "{\"y\": 1e999}"), words: "not JSON"),
    .init(text: result("values", "{\"y\": NaN}"), words: "not JSON"),
    .init(text: result("values", "{\"y\": -Infinity}"), words: "not JSON"),
    .init(text: result("values", "{\"y\": \"0.5\"}"), words: "\"values.y\" is not a number"),
    .init(text: result("values", "{\"y\": null}"), words: "\"values.y\" is null"),
    .init(text: result("values", "[1]"), words: "\"values\""),
    .init(text: result("time", "1e400"), words: "not JSON"),
    .init(text: result("version", "2"), words: "version 2 is not known"),
    .init(text: result("version", "1e300"), words: "not JSON"),
    .init(text: result("version", "99999999999999999999999"), words: "not JSON"),
    .init(text: result("type", "\"exploded\""), words: "no type of event"),
    .init(text: result("id", "\"\""), words: "id must have"),
    .init(text: result("id", "\"" + String(repeating: "x", count: 300) + "\""), words: "id must have"),
    .init(text: result("campaign", "\"../../etc\""), words: "campaign"),
    .init(text: result("job", "7"), words: "\"job\" is not a string"),
    .init(text: result("worker", "\"" + String(repeating: "x", count: 10_000_000) + "\""), words: "bytes; at most"),
    .init(text: "", words: "not JSON"), .init(text: "null", words: "is null"), .init(text: "\u{0}", words: "not JSON"),
]
