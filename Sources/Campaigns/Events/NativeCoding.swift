/// What most events consist of, decoded and encoded without a detour: for a type of its own Foundation makes a coder, a container and a
/// cast, which cost more than the string or number in it (a quarter of an event). Synthesized conformances take these overloads too.
extension KeyedDecodingContainer {
    func decode(_: JobID.Type, forKey key: Key) throws -> JobID { JobID(try decode(String.self, forKey: key)) }

    func decode(_: [JobID].Type, forKey key: Key) throws -> [JobID] {
        var list = try nestedUnkeyedContainer(forKey: key)
        var ids: [JobID] = []
        ids.reserveCapacity(list.count ?? 0)
        while !list.isAtEnd { ids.append(JobID(try list.decode(String.self))) }
        return ids
    }

    func decode(_: CampaignName.Type, forKey key: Key) throws -> CampaignName {
        do {
            return try CampaignName(decode(String.self, forKey: key))
        } catch let error as CampaignName.InvalidName {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: error.description)
        }
    }

    func decode(_: Point.Type, forKey key: Key) throws -> Point {
        try values(forKey: key) { container, name in
            if let number = try? container.decode(Double.self, forKey: name) { return .number(number) }
            return .option(try container.decode(String.self, forKey: name))
        }
    }

    /// Other programs may use this key in their own way; their results are still accepted.
    func decodeIfPresent(_: Refusal.Details.Type, forKey key: Key) throws -> Refusal.Details? {
        guard contains(key), let decoder = try? superDecoder(forKey: key) else { return nil }
        return try? Refusal.Details(from: decoder)
    }

    /// A batch asks for one experiment at least.
    func decodeIfPresent(_: [Job.Sample].Type, forKey key: Key) throws -> [Job.Sample]? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        let samples = try decode([Job.Sample].self, forKey: key)
        guard !samples.isEmpty else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "a batch has no samples")
        }
        return samples
    }

    func decodeIfPresent(_: Point.Type, forKey key: Key) throws -> Point? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try decode(Point.self, forKey: key)
    }

    func decode<Word: RawRepresentable & Decodable>(_: Word.Type, forKey key: Key) throws -> Word
    where Word.RawValue == String {
        let text = try decode(String.self, forKey: key)
        guard let word = Word(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "\"\(text.prefix(40))\" is no value that it can have")
        }
        return word
    }

    func decode(_: [String: Double].Type, forKey key: Key) throws -> [String: Double] {
        try values(forKey: key) { container, name in try container.decode(Double.self, forKey: name) }
    }

    private func values<Value>(
        forKey key: Key, _ value: (KeyedDecodingContainer<Name>, Name) throws -> Value
    ) throws -> [String: Value] {
        let container = try nestedContainer(keyedBy: Name.self, forKey: key)
        let names = container.allKeys
        var values = [String: Value](minimumCapacity: names.count)
        for name in names { values[name.stringValue] = try value(container, name) }
        return values
    }
}

extension KeyedEncodingContainer {
    mutating func encode(_ id: JobID, forKey key: Key) throws { try encode(id.rawValue, forKey: key) }

    mutating func encode(_ ids: [JobID], forKey key: Key) throws {
        var list = nestedUnkeyedContainer(forKey: key)
        for id in ids { try list.encode(id.rawValue) }
    }

    mutating func encode(_ name: CampaignName, forKey key: Key) throws { try encode(name.rawValue, forKey: key) }

    mutating func encode<Word: RawRepresentable & Encodable>(_ word: Word, forKey key: Key) throws
    where Word.RawValue == String {
        try encode(word.rawValue, forKey: key)
    }

    mutating func encode(_ point: Point, forKey key: Key) throws {
        var container = nestedContainer(keyedBy: Name.self, forKey: key)
        for (name, value) in point {
            switch value {
            case .number(let number): try container.encode(number, forKey: Name(name))
            case .option(let text): try container.encode(text, forKey: Name(name))
            }
        }
    }

    mutating func encodeIfPresent(_ point: Point?, forKey key: Key) throws {
        if let point { try encode(point, forKey: key) }
    }

    mutating func encode(_ values: [String: Double], forKey key: Key) throws {
        var container = nestedContainer(keyedBy: Name.self, forKey: key)
        for (name, value) in values { try container.encode(value, forKey: Name(name)) }
    }
}

/// Any key of an object.
private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
