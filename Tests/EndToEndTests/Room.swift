import Foundation
import Support
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A running `burette serve`.
struct Room {
    let program: Program
    let address: String

    struct Answer {
        let status: Int
        let text: String
    }

    struct Told {
        let number: Int
        let text: String
    }

    init(_ place: Workplace) async throws {
        try await self.init(place, "serve", "--listen", "0", environment: place.local)
    }

    init(_ place: Workplace, _ arguments: String..., environment: [String: String]) async throws {
        let program = try Program(arguments, environment: environment)
        #expect(await eventually { program.saidSoFar.contains("control room is at ") }, "\(program.saidSoFar)")
        self.program = program
        let said = program.saidSoFar.split(separator: "\n").first { $0.contains("control room is at ") } ?? ""
        address = String((said.components(separatedBy: " is at ").last ?? "").dropLast())
        // Campaigns are found within a second.
        if arguments.count < 4, FileManager.default.fileExists(atPath: "\(place.folder)/data/\(place.name).sqlite") {
            let room = self
            #expect(await eventually { (try? await room.get("/api/campaigns/\(place.name)").status) ?? 404 != 404 })
        }
    }

    func get(_ path: String) async throws -> Answer { try await answer(URLRequest(url: url(path))) }

    func post(_ path: String, _ form: [String: String]) async throws -> Answer {
        var parts = URLComponents()
        parts.queryItems = form.map { URLQueryItem(name: $0, value: $1) }
        return try await send(path, Data((parts.percentEncodedQuery ?? "").utf8), "application/x-www-form-urlencoded")
    }

    func api(_ path: String, _ object: [String: String]) async throws -> Answer {
        try await send(path, try JSONEncoder().encode(object), "application/json")
    }

    func json(_ path: String) async throws -> [String: Any] {
        let answer = try await get(path)
        #expect(answer.status == 200, "\(answer.text)")
        return try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any] ?? [:]
    }

    struct Missing: Error {}

    /// What is told of a campaign. Throws where it is not there.
    func campaign(_ name: String) async throws -> [String: Any] {
        let answer = try await get("/api/campaigns/\(name)")
        guard answer.status == 200 else { throw Missing() }
        let object = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
        return object?["campaign"] as? [String: Any] ?? [:]
    }

    /// Headers and body.
    func curl(_ path: String, _ options: String...) async throws -> String {
        try await Program(["-si", "--path-as-is"] + options + [address + path], program: "/usr/bin/curl").outcome()
            .output
    }

    /// The events that a stream tells, until one of a type.
    func events(_ path: String, until type: String) async throws -> [Told] {
        let curl = try Program(["-sN", address + path], program: "/usr/bin/curl")
        defer { curl.signal(SIGKILL) }
        #expect(await eventually { curl.shown.contains("\"type\":\"\(type)\"") })
        let blocks = curl.shown.components(separatedBy: "\n\n").map { $0.split(separator: "\n") }
        return blocks.compactMap { lines in
            guard let id = lines.first(where: { $0.hasPrefix("id: ") }).flatMap({ Int($0.dropFirst(4)) }),
                let data = lines.first(where: { $0.hasPrefix("data: ") })
            else { return nil }
            return Told(number: id, text: String(data))
        }
    }

    private func url(_ path: String) -> URL { URL(string: address + path) ?? URL(fileURLWithPath: "/") }

    func send(_ path: String, _ body: Data, _ type: String) async throws -> Answer {
        var request = URLRequest(url: url(path))
        request.httpMethod = "POST"
        request.httpBody = body
        request.setValue(type, forHTTPHeaderField: "Content-Type")
        return try await answer(request)
    }

    private func answer(_ request: URLRequest) async throws -> Answer {
        let (data, response) = try await URLSession.shared.data(for: request)
        return Answer(
            status: (response as? HTTPURLResponse)?.statusCode ?? 0, text: String(decoding: data, as: UTF8.self))
    }
}
