import Campaigns
import Foundation
import ServiceRuntime
import SystemPackage
import WorkerService

/// The files between a worker and a program: its question, its answer, and what it says, one of each for a measurement. The last is kept
/// for each job.
///
/// A job may be measured twice at the same time: its worker has lost the broker, or was killed and its program was not. Each measurement
/// has files of its own.
final class ProgramDesk: Sendable {
    /// How much a program may print, in bytes.
    static let most = 100 << 20
    /// How much of an answer is read, in bytes.
    private static let largestAnswer = 1 << 20
    private let stem: String
    /// What the job's program said, as it is kept.
    private let log: String
    /// Held as long as the measurement lasts: files of which nobody holds it are left over.
    private let lock: FileLock
    private let said: FreshLines

    /// The desk of a job in `folder`. Throws `FileError` where its files cannot be written.
    init(_ job: Job, in folder: String) throws {
        let name = "\(folder)/\(job.id.fileName)"
        log = "\(name).log"
        let stem = "\(name).\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        guard let lock = try FileLock.acquire("\(stem).question") else {
            throw FileError.unwritable(path: "\(stem).question", reason: "another process has locked it")
        }
        (self.stem, self.lock, said) = (stem, lock, FreshLines("\(stem).log"))
        let question = try JSONEncoder.oneLine.encode(ProgramQuestion(job)) + Data("\n".utf8)
        for (suffix, data) in [("question", question), ("answer", Data()), ("log", Data())] {
            do {
                try data.write(to: URL(fileURLWithPath: "\(stem).\(suffix)"))
            } catch {
                throw FileError.unwritable(path: "\(stem).\(suffix)", reason: "\(error)")
            }
        }
    }

    /// The paths of the files, for an interpreter that opens them itself.
    var paths: [String: String] {
        ["question": "\(stem).question", "answer": "\(stem).answer", "log": "\(stem).log"]
    }

    /// What the program prints.
    var answerFile: String { "\(stem).answer" }

    func question() throws -> FileDescriptor { try .open(FilePath("\(stem).question"), .readOnly) }
    func output() throws -> FileDescriptor { try .open(FilePath("\(stem).answer"), .writeOnly, options: .append) }
    func errors() throws -> FileDescriptor { try .open(FilePath("\(stem).log"), .writeOnly, options: .append) }

    /// What the program printed. Throws ``UnreadableAnswer`` if that is too much for an answer.
    func answer() throws -> String {
        guard size("answer") <= Self.largestAnswer else {
            throw UnreadableAnswer("the program printed \(size("answer")) bytes, and too much for a result")
        }
        return (try? String(contentsOfFile: "\(stem).answer", encoding: .utf8)) ?? ""
    }

    /// Whether the program has printed more than it may.
    var isFull: Bool { size("answer") + size("log") > Self.most }

    private func size(_ suffix: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(stem).\(suffix)")
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    private struct News: Decodable {
        var progress: Double?
        var note: String?
        var values: [String: Double]?
    }

    /// The steps that the program has told since the last time: lines like `{"progress": 0.5, "note": "heating", "values": {"yield": 0.2}}`.
    func news() -> [MeasurementStep] {
        said.read().compactMap { line in
            guard line.hasPrefix("{"), let news = try? JSONDecoder().decode(News.self, from: Data(line.utf8)) else {
                return nil
            }
            return MeasurementStep(
                fraction: news.progress.map { min(1, max(0, $0)) }, note: news.note.map { String($0.prefix(200)) },
                partial: news.values)
        }
    }

    /// The last line that is no news, for the reason of a failure.
    var lastWords: String {
        guard let file = FileHandle(forReadingAtPath: "\(stem).log") else { return "" }
        let size = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: size > 4096 ? size - 4096 : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        let last = text.split(separator: "\n").last { !$0.hasPrefix("{") && !$0.allSatisfy(\.isWhitespace) }
        return last.map { ": \($0.prefix(300))" } ?? ""
    }

    /// Question and answer go; what was said stays, if anything was.
    func clear() { Self.clear(stem, keeping: log) }

    private static func clear(_ stem: String, keeping log: String) {
        for suffix in ["question", "answer"] { unlink("\(stem).\(suffix)") }
        var about = stat()
        guard stat("\(stem).log", &about) == 0 else { return }
        if about.st_size > 0 { rename("\(stem).log", log) } else { unlink("\(stem).log") }
    }

    /// Clears what killed processes left in `folder`.
    static func sweep(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            // JOB.NUMBER.question
            let parts = name.split(separator: ".")
            guard parts.count == 3, parts[2] == "question", let lock = try? FileLock.acquire("\(folder)/\(name)")
            else { continue }
            withExtendedLifetime(lock) {
                clear("\(folder)/\(parts[0]).\(parts[1])", keeping: "\(folder)/\(parts[0]).log")
            }
        }
    }
}

extension JobID {
    /// The id as the name of a file: ids come over the wire.
    fileprivate var fileName: String {
        String(rawValue.prefix(100).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
    }
}
