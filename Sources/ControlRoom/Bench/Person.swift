import Campaigns

extension Bench.Person {
    /// Somebody of a name, at a campaign's bench. Throws ``Problem`` where the name cannot be a worker's.
    init(named name: String, at campaign: CampaignName) throws {
        guard Self.isName(name) else {
            throw Problem(
                .unprocessableContent, "invalid-name",
                "\"\(name.prefix(60))\" cannot be a worker's name: use letters, digits, -, _ and ., at most 40")
        }
        self.init(name: name, campaign: campaign)
    }

    /// Whether a name can be a worker's.
    static func isName(_ name: String) -> Bool {
        let allowed = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || [0x2D, 0x5F, 0x2E].contains(byte)
        }
        return allowed && (1...40).contains(name.utf8.count) && name.utf8.first != 0x2E && name.utf8.first != 0x2D
    }
}
