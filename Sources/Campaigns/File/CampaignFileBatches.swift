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
        let shared = try item.parameters("shared", of: space) ?? []
        for parameter in shared {
            if let condition = parameter.when {
                throw item.problem(
                    "shared: parameter \"\(parameter.name)\" is there only when \(condition); only one that is always there can be shared",
                    key: "shared")
            }
        }
        guard shared.count < space.parameters.count else {
            throw item.problem("shared names every parameter: the samples of a batch would be the same", key: "shared")
        }
        return BatchSettings(size: size, shared: shared.map(\.name), fill: try item.duration("fill") ?? 0)
    }
}
