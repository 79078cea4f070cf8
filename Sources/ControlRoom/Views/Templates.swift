import Foundation
import Hummingbird
import Mustache

/// The pages' templates.
struct Templates: Sendable {
    private let library: MustacheLibrary

    /// A template that cannot be read, or does not exist.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads them. Throws ``Unusable``, or what the parser throws: then the program is broken, and a test of it fails.
    init() throws {
        let files: [(name: String, bytes: [UInt8])] = [
            ("layout", PackageResources.layout_mustache), ("campaigns", PackageResources.campaigns_mustache),
            ("campaign", PackageResources.campaign_mustache),
            ("observations", PackageResources.observations_mustache), ("job", PackageResources.job_mustache),
            ("compare", PackageResources.compare_mustache), ("board", PackageResources.board_mustache),
            ("bench", PackageResources.bench_mustache),
            ("model", PackageResources.model_mustache), ("beliefs", PackageResources.beliefs_mustache),
            ("charts", PackageResources.charts_mustache), ("report", PackageResources.report_mustache),
            ("capacity", PackageResources.capacity_mustache), ("card", PackageResources.card_mustache),
            ("login", PackageResources.login_mustache),
            ("question", PackageResources.question_mustache),
            ("problem", PackageResources.problem_mustache),
        ]
        var library = MustacheLibrary()
        for file in files { try library.register(String(decoding: file.bytes, as: UTF8.self), named: file.name) }
        self.library = library
    }

    /// A page as a response. `content` has what the template names; everything in it is escaped.
    func page(_ name: String, _ content: some Sendable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: try text(name, content))))
    }

    /// A page as text.
    func text(_ name: String, _ content: some Sendable) throws -> String {
        guard let text = library.render(content, withTemplate: name) else {
            throw Unusable(description: "no template \(name)")
        }
        return text
    }
}
