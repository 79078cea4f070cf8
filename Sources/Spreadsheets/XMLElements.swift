import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The elements of an XML document in turn: their names without prefixes, and the text of those that have no elements in them.
final class XMLElements: NSObject, XMLParserDelegate {
    private let begin: (_ name: String, _ attributes: [String: String]) -> Void
    private let end: (_ name: String, _ text: String) -> Void
    private var text = ""

    private init(
        begin: @escaping (String, [String: String]) -> Void, end: @escaping (String, String) -> Void
    ) {
        (self.begin, self.end) = (begin, end)
    }

    /// Reads `data`, and calls `begin` and `end` for each element. Throws ``Workbook/Unreadable`` for what is no XML.
    static func read(
        _ data: Data, begin: @escaping (_ name: String, _ attributes: [String: String]) -> Void,
        end: @escaping (_ name: String, _ text: String) -> Void
    ) throws {
        let elements = XMLElements(begin: begin, end: end)
        let parser = XMLParser(data: data)
        parser.delegate = elements
        guard parser.parse() else {
            let reason = parser.parserError.map { ", line \(parser.lineNumber): \($0.localizedDescription)" } ?? ""
            throw Workbook.Unreadable(description: "a part of it is no XML\(reason)")
        }
    }

    private static func local(_ name: String) -> String { name.split(separator: ":").last.map(String.init) ?? name }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        text = ""
        begin(Self.local(name), attributes)
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }
    func parser(_ parser: XMLParser, foundCDATA data: Data) { text += String(decoding: data, as: UTF8.self) }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        end(Self.local(name), text)
        text = ""
    }
}
