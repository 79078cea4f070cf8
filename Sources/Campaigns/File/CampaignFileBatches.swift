import Yams

/// `batches:` of a campaign file.
enum CampaignFileBatches {
    /// What the hardware measures at once; nil where the file says nothing.
    static func batches(_ map: YAMLMapping, over space: ParameterSpace) throws(CampaignFileError) -> BatchSettings? {
        guard let item = try map.mapping("batches") else { return nil }
        try item.known(["size", "shared", "fill"])
        guard let size = try item.integer("size", atLeast: 2, atMost: BatchSettings.largest) else {
            throw item.problem("size is missing: how many samples a batch has at most", code: "missing-key")
        }
        var shared: [String] = []
        for node in try item.sequence("shared") ?? [] {
            let name = node.string ?? ""
            guard let parameter = space.parameters.first(where: { $0.name == name }) else {
                throw item.problem(
                    "shared: \(Refusal.unknownParameter(name, known: space.parameters.map(\.name)))", key: "shared",
                    code: "unknown-parameter")
            }
            if let condition = parameter.when {
                throw item.problem(
                    "shared: parameter \"\(name)\" is there only when \(condition); only one that is always there can be shared",
                    key: "shared")
            }
            guard !shared.contains(name) else { throw item.problem("shared: \(name) stands twice", key: "shared") }
            shared.append(name)
        }
        guard shared.count < space.parameters.count else {
            throw item.problem("shared names every parameter: the samples of a batch would be the same", key: "shared")
        }
        return BatchSettings(size: size, shared: shared, fill: try item.duration("fill") ?? 0)
    }
}
