import Foundation
import Support

/// An `openssl s_server`: TLS as a broker might have it that this one has not.
final class TLSServer: Sendable {
    let port: Int
    private let end: @Sendable () -> Void

    private init(port: Int, end: @escaping @Sendable () -> Void) { (self.port, self.end) = (port, end) }

    /// A server with some of `s_server`'s options.
    static func start(_ options: [String]) async throws -> TLSServer {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "8"] + options
        // It ends with its standard input.
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        try process.run()
        var told = ""
        while let data = try output.fileHandleForReading.read(upToCount: 1), !data.isEmpty {
            told += String(decoding: data, as: UTF8.self)
            if told.hasSuffix("\n"),
                let port = told.split(whereSeparator: \.isNewline).last?.split(separator: ":").last,
                let number = Int(port), told.contains("ACCEPT")
            {
                let (pid, out) = (process.processIdentifier, output)
                Thread.detachNewThread { _ = try? out.fileHandleForReading.readToEnd() }
                return TLSServer(port: number) { [input] in
                    kill(pid, SIGKILL)
                    try? input.fileHandleForWriting.close()
                }
            }
        }
        throw ServerFailure(words: told)
    }

    func stop() { end() }
}

private struct ServerFailure: Error { let words: String }
