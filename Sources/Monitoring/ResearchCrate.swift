import Campaigns
import Foundation

/// What a folder with a campaign's files is, in JSON-LD: an RO-Crate (https://w3id.org/ro/crate/1.1), which data repositories and research software
/// read.
public struct ResearchCrate: Sendable {
    /// A file of the folder.
    public struct File: Sendable {
        let path: String
        let name: String
        let format: String
        let bytes: Int
        let sha256: String

        /// The file at `path` in the folder; `format` is its media type.
        public init(path: String, name: String, format: String, bytes: Int, sha256: String) {
            (self.path, self.name, self.format, self.bytes, self.sha256) = (path, name, format, bytes, sha256)
        }
    }

    /// Where the metadata stand in the folder.
    public static let metadataPath = "ro-crate-metadata.json"

    private let graph: [Entity]

    /// The metadata of the files of a campaign, put together at a time in seconds since 1970. `license` is an address.
    public init(_ history: CampaignHistory, files: [File], license: String?, now: Double) {
        let (campaign, state) = (history.campaign, history.state)
        let measuredBy = Utilization(state, barrier: campaign.planner.initialDesign.wait).measured
        let objectives = campaign.objectives.map { "\($0.goal.rawValue) \($0.name)" }.joined(separator: ", ")
        let parameters = campaign.space.parameters.map(\.name).joined(separator: ", ")
        var root: [String: Value] = [
            "name": .text("Campaign \(campaign.name)"),
            "description": .text(
                "\(state.measured) measurements to \(objectives), over \(parameters); planned by Burette. State: \(state.phase.word)."
            ),
            "datePublished": .text(Self.time(now)), "hasPart": .references(files.map(\.path)),
            "mentions": .references(["#campaign"]), "variableMeasured": .texts(campaign.objectives.map(\.name)),
        ]
        root["license"] = license.map { .reference($0) }
        let versions = Set(state.jobs.values.compactMap { $0.job.explanation?.planner }).sorted()
        let software = Set(
            history.events.compactMap { event -> String? in
                if case .opened(let opening) = event.body { opening.software } else { nil }
            }
        ).sorted()
        var action: [String: Value] = [
            "name": .text("The measurements of \(campaign.name)"), "instrument": .reference("#burette"),
            "result": .references(files.map(\.path)),
            "agent": .references(measuredBy.keys.sorted().map(Self.agent)),
            "additionalProperty": .references(["#seed", "#planner"]),
        ]
        action["startTime"] = state.openedAt.map { .text(Self.time($0)) }
        action["endTime"] = history.events.last.map { .text(Self.time($0.time)) }
        graph =
            [
                Entity(
                    Self.metadataPath, "CreativeWork",
                    ["conformsTo": .reference("https://w3id.org/ro/crate/1.1"), "about": .reference("./")]),
                Entity("./", "Dataset", root), Entity("#campaign", "CreateAction", action),
                Entity(
                    "#burette", "SoftwareApplication",
                    [
                        "name": .text("Burette"), "softwareVersion": .text(software.joined(separator: ", ")),
                        "description": .text("Asynchronous experiment planning over a message broker"),
                    ]),
                Entity(
                    "#seed", "PropertyValue",
                    ["name": .text("seed of the planner"), "value": .text("\(campaign.planner.seed)")]),
                Entity(
                    "#planner", "PropertyValue",
                    ["name": .text("version of the planner"), "value": .text(versions.joined(separator: ", "))]),
            ]
            + measuredBy.sorted { $0.key < $1.key }.map { worker, count in
                Entity(
                    Self.agent(worker), "Organization",
                    ["name": .text(worker), "description": .text("A worker, with \(count) measurements")])
            }
            + files.map { file in
                Entity(
                    file.path, "File",
                    [
                        "name": .text(file.name), "encodingFormat": .text(file.format),
                        "contentSize": .text("\(file.bytes)"), "sha256": .text(file.sha256),
                    ])
            }
            + (license.map { [Entity($0, "CreativeWork", ["name": .text($0)])] } ?? [])
    }

    /// The content of the metadata file.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(Document(context: "https://w3id.org/ro/crate/1.1/context", graph: graph))
    }

    private static func agent(_ worker: String) -> String {
        "#worker-\(worker.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
    }

    private static func time(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: max(0, min(seconds, 253_402_300_799))).formatted(.iso8601)
    }

    private struct Document: Encodable {
        let context: String
        let graph: [Entity]

        private enum CodingKeys: String, CodingKey {
            case context = "@context"
            case graph = "@graph"
        }
    }

    private enum Value: Encodable, Sendable {
        case text(String)
        case texts([String])
        case reference(String)
        case references([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .texts(let texts): try container.encode(texts)
            case .reference(let id): try container.encode(["@id": id])
            case .references(let ids): try container.encode(ids.map { ["@id": $0] })
            }
        }
    }

    private struct Entity: Encodable, Sendable {
        let id: String
        let type: String
        let properties: [String: Value]

        init(_ id: String, _ type: String, _ properties: [String: Value]) {
            (self.id, self.type, self.properties) = (id, type, properties)
        }

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(_ text: String) { stringValue = text }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue _: Int) { nil }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(id, forKey: Key("@id"))
            try container.encode(type, forKey: Key("@type"))
            for (name, value) in properties { try container.encode(value, forKey: Key(name)) }
        }
    }
}
