import Campaigns
import Hummingbird

/// Files for results: sent before the result, which then names them by their checksums.
struct AttachmentRoutes: Sendable {
    let watchlist: Watchlist
    let store: AttachmentStore

    private struct Kept: Encodable { let attachment: Attachment }

    func add(to doors: Doors) {
        doors.bench.post("/api/campaigns/:name/attachments") { request, context in
            _ = try await watchlist.campaign(in: context)
            let attachment = try await store.keep(request.body, named: request.query("name") ?? "file")
            return try APIRoutes.json(Kept(attachment: attachment), status: .created)
        }
        doors.viewers.get("/campaigns/:name/attachments/:sha256/:file") { _, context in
            let (sha256, name) = try (context.parameters.require("sha256"), context.parameters.require("file"))
            guard let path = store.path(sha256, name) else {
                throw Problem(.notFound, "unknown-attachment", "there is no such file")
            }
            let body = try await FileIO().loadFile(path: path, context: context)
            let picture = AttachmentStore.pictureType(of: name)
            var response = Response(
                status: .ok, headers: [.contentType: picture ?? "application/octet-stream"], body: body)
            response.headers[field: "Content-Disposition"] =
                "\(picture == nil ? "attachment" : "inline"); filename=\"\(name)\""
            // What it is never changes.
            response.headers[.cacheControl] = "private, max-age=31536000, immutable"
            return response
        }
    }
}
