import AsyncHTTPClient
import Campaigns
import Foundation
import NIOCore
import NIOFoundationCompat
import ServiceRuntime
import Spreadsheets

/// A spreadsheet of Google Sheets, by its API version 4 (https://developers.google.com/workspace/sheets/api/reference/rest).
public actor GoogleSpreadsheet: Spreadsheet {
    private let id: String
    private let address: String
    private let account: ServiceAccount
    private let client: HTTPClient
    private let dependencies: Dependencies
    private var token: (text: String, until: Double)?
    /// The numbers of the worksheets, once they are known.
    private var numbers: [Tab: Int] = [:]

    /// Where Google has it.
    public static let usual = "https://sheets.googleapis.com"

    /// A request that the service did not do.
    public struct Trouble: CodedError, CustomStringConvertible {
        /// The HTTP status; nil where nobody answered.
        public let status: Int?
        /// For how many seconds the service wants to be left alone.
        public let retryAfter: Double?
        public let description: String
        public var code: String { "sheets-trouble" }
        /// Whether it may go away by itself.
        public var isPassing: Bool { status.map { $0 == 429 || $0 >= 500 } ?? true }
    }

    /// The spreadsheet of an id, which is shared with `account`.
    public init(
        _ id: String, account: ServiceAccount, address: String = usual, dependencies: Dependencies = .real
    ) {
        (self.id, self.account, self.address, self.dependencies) = (id, account, address, dependencies)
        client = .shared
    }

    public nonisolated var isLocal: Bool { false }

    /// Asking that is as dear as reading.
    public func mayHaveChanged() -> Bool { true }

    public func read(heads: [Tab: [[CellValue]]]) async throws -> [Tab: Grid] {
        if numbers.count < Tab.allCases.count { try await open(heads) }
        struct Ranges: Decodable {
            struct Range: Decodable { let values: [[CellValue]]? }
            let valueRanges: [Range]
        }
        let query = Tab.allCases.map { "ranges=\($0.rawValue)" }.joined(separator: "&")
        do {
            let ranges: Ranges = try await get(
                "/values:batchGet?\(query)&valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=FORMATTED_STRING")
            return Dictionary(
                uniqueKeysWithValues: zip(Tab.allCases, ranges.valueRanges).map { ($0, $1.values ?? []) })
        } catch let trouble as Trouble where trouble.status == 400 {
            // A worksheet was renamed, or deleted.
            numbers = [:]
            throw Trouble(status: nil, retryAfter: nil, description: "a worksheet is gone; it is made again")
        }
    }

    public func apply(_ changes: [(tab: Tab, changes: [SheetChange])]) async throws {
        let requests = changes.flatMap { tab, list in
            numbers[tab].map { number in
                // In merged cells nothing but the first can be written.
                list.isEmpty ? [] : [JSON.unmerge(number)] + list.flatMap { $0.requests(number) }
            } ?? []
        }
        guard !requests.isEmpty else { return }
        do {
            // What does not fit is found to be missing at the next look.
            try await update(try JSON.leading(requests, within: Self.largestRequest))
        } catch let trouble as Trouble where trouble.status == 400 {
            numbers = [:]
            throw trouble
        }
    }

    public func setAside(_ tab: Tab) async throws {
        guard let number = numbers.removeValue(forKey: tab) else { return }
        let stamp = Date(timeIntervalSince1970: dependencies.now()).formatted(.iso8601)
        try await update([
            .object([
                "updateSheetProperties": .object([
                    "properties": .object([
                        "sheetId": .number(Double(number)), "title": .text("\(tab.rawValue), set aside \(stamp)"),
                    ]), "fields": .text("title"),
                ])
            ])
        ])
    }

    /// Finds the worksheets, and makes those that are missing.
    private func open(_ heads: [Tab: [[CellValue]]]) async throws {
        struct Spreadsheet: Decodable {
            struct Sheet: Decodable {
                struct Properties: Decodable {
                    let sheetId: Int
                    let title: String
                }
                let properties: Properties
            }
            let sheets: [Sheet]?
        }
        let known: Spreadsheet = try await get("?fields=sheets.properties(sheetId,title)")
        let sheets = known.sheets ?? []
        var found: [Tab: Int] = [:]
        for sheet in sheets {
            if let tab = Tab(rawValue: sheet.properties.title) { found[tab] = sheet.properties.sheetId }
        }
        var next = (sheets.map(\.properties.sheetId).max() ?? 0) + 1
        var requests: [JSON] = []
        for tab in Tab.allCases where found[tab] == nil {
            // A number of our own, so that the head can be written in the same step.
            let number = next
            next += 1
            found[tab] = number
            requests += JSON.newSheet(tab, number: number, heads: heads[tab] ?? [])
        }
        if !requests.isEmpty { try await update(requests) }
        numbers = found
    }

    private func update(_ requests: [JSON]) async throws {
        let _: JSON = try await send("POST", ":batchUpdate", .object(["requests": .array(requests)]))
    }

    private func get<Answer: Decodable>(_ path: String) async throws -> Answer { try await send("GET", path, nil) }

    private func send<Answer: Decodable>(_ method: String, _ path: String, _ body: JSON?) async throws -> Answer {
        var request = HTTPClientRequest(url: "\(address)/v4/spreadsheets/\(id)\(path)")
        request.method = .init(rawValue: method)
        request.headers.add(name: "Authorization", value: "Bearer \(try await accessToken())")
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(body)))
        }
        do {
            return try JSONDecoder().decode(Answer.self, from: try await answer(request))
        } catch let trouble as Trouble where trouble.status == 401 {
            token = nil
            throw trouble
        }
    }

    /// The bytes of a request that the service recommends not to exceed (https://developers.google.com/workspace/sheets/api/limits).
    static let largestRequest = 2_000_000
    /// The largest answer that is read: half a million cells.
    private static let largest = 64 << 20
    private static let patience = TimeAmount.seconds(60)

    private func answer(_ request: HTTPClientRequest) async throws -> Data {
        let (response, data): (HTTPClientResponse, Data)
        do {
            response = try await client.execute(request, timeout: Self.patience)
            data = Data(buffer: try await response.body.collect(upTo: Self.largest))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Trouble(status: nil, retryAfter: nil, description: "\(address) does not answer: \(error)")
        }
        guard (200..<300).contains(response.status.code) else {
            struct Failure: Decodable {
                struct Details: Decodable { let message: String? }
                let error: Details
            }
            let said = (try? JSONDecoder().decode(Failure.self, from: data))?.error.message
            let status = Int(response.status.code)
            let advice =
                status == 403
                ? ": share the spreadsheet with \(account.email), as an editor"
                : status == 404 ? ": there is no spreadsheet of this id" : ""
            throw Trouble(
                status: status, retryAfter: response.headers.first(name: "Retry-After").flatMap { Double($0) },
                description: "Google Sheets says \(status) \(said ?? response.status.reasonPhrase)\(advice)")
        }
        return data
    }

    /// A token, from the last time where it still holds for a minute.
    private func accessToken() async throws -> String {
        let now = dependencies.now()
        if let token, token.until > now + 60 { return token.text }
        var request = HTTPClientRequest(url: account.tokenAddress)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        let assertion = try await account.assertion(now: now)
        request.body = .bytes(
            ByteBuffer(
                string: "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=\(assertion)"))
        struct Granted: Decodable {
            let access_token: String
            let expires_in: Double?
        }
        let granted = try JSONDecoder().decode(Granted.self, from: try await answer(request))
        token = (granted.access_token, now + (granted.expires_in ?? 3600))
        return granted.access_token
    }
}
