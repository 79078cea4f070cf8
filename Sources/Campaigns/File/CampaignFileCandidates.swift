import Foundation
import Yams

/// The `candidates:` of a campaign file: `library.csv`, or `{file: library.csv, parameters: [compound], descriptors: [mass, logP]}`.
enum CampaignFileCandidates {
    /// The space of the candidates; nil where the file names none.
    static func space(_ map: YAMLMapping) throws(CampaignFileError) -> ParameterSpace? {
        guard let node = map.node("candidates") else { return nil }
        if map.node("parameters") != nil {
            throw map.problem(
                "has both candidates and parameters; with candidates the parameters are columns of their file",
                key: "parameters")
        }
        var path: String
        var parameters: [String]?
        var descriptors: [String]?
        if case .scalar(let scalar) = node {
            path = scalar.string
        } else {
            let item = try YAMLMapping(node, file: map.file, place: "candidates")
            try item.known(["file", "parameters", "descriptors"])
            path = try item.required("file")
            parameters = try names(item, "parameters")
            descriptors = try names(item, "descriptors")
        }
        // Beside the campaign file.
        let folder = URL(fileURLWithPath: map.file).deletingLastPathComponent()
        path = URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL.path
        do {
            let read = try CandidateFile(path: path, parameters: parameters, descriptors: descriptors)
            return ParameterSpace(read.parameters, candidates: read.candidates)
        } catch {
            throw map.problem("candidates: \(error)", key: "candidates")
        }
    }

    private static func names(_ item: YAMLMapping, _ key: String) throws(CampaignFileError) -> [String]? {
        guard let nodes = try item.sequence(key) else { return nil }
        var names: [String] = []
        for node in nodes {
            guard let name = node.string else { throw item.problem("\(key) is a list of columns", key: key) }
            names.append(name)
        }
        return names
    }
}
