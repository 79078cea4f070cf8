import Foundation
import Hummingbird

/// The Vega modules of a package of the operating system (Debian's libjs-vega), which draw the charts.
///
/// Each of them is a script that overwrites the global of the others; so they are handed out as one script that keeps them apart by the interface
/// that they have for loaders (AMD).
struct ChartLibrary: Sendable {
    /// In the order in which they need one another.
    private static let modules = [
        "vega-util", "vega-time", "vega-format", "vega-loader", "vega-dataflow", "vega-statistics", "vega-canvas",
        "vega-scale",
        "vega-scenegraph", "vega-transforms", "vega-view-transforms", "vega-encode", "vega-expression",
        "vega-event-selector",
        "vega-selection", "vega-functions", "vega-runtime", "vega-view", "vega-parser", "vega-interpreter",
    ]

    /// Where Debian puts it.
    static let usual = "/usr/share/javascript/vega"
    let directory: String

    init(directory: String) { self.directory = directory }

    /// Whether it is installed.
    var isThere: Bool { FileManager.default.fileExists(atPath: path("vega-parser")) }

    private func path(_ module: String) -> String { "\(directory)/\(module).min.js" }

    /// All of it as one script; nil where a module is missing.
    func script() -> String? {
        var text = String(decoding: PackageResources.modules_js, as: UTF8.self)
        for module in Self.modules {
            guard let content = try? String(contentsOfFile: path(module), encoding: .utf8) else { return nil }
            text += "\nburetteModule = \"\(module)\";\n\(content)\n"
        }
        return text + "\nburetteModule = null;\ndefine = undefined;\n"
    }
}

/// Styles and scripts.
struct AssetRoutes {
    let charts: ChartLibrary

    func add(to doors: Doors) {
        let own: [(path: String, type: String, bytes: [UInt8])] = [
            ("style.css", "text/css; charset=utf-8", PackageResources.style_css),
            ("room.js", "text/javascript; charset=utf-8", PackageResources.room_js),
            ("bench.js", "text/javascript; charset=utf-8", PackageResources.bench_js),
            ("board.js", "text/javascript; charset=utf-8", PackageResources.board_js),
            ("attach.js", "text/javascript; charset=utf-8", PackageResources.attach_js),
            ("charts.js", "text/javascript; charset=utf-8", PackageResources.charts_js),
            ("models.js", "text/javascript; charset=utf-8", PackageResources.models_js),
        ]
        for asset in own {
            doors.everybody.get("/assets/\(asset.path)") { _, _ in
                Self.response(ByteBuffer(bytes: asset.bytes), asset.type, seconds: 0)
            }
        }
        let charts = charts
        doors.everybody.get("/assets/vega.js") { _, _ in
            guard let script = charts.script() else {
                throw Problem(.notFound, "no-charts", "the charts' library is not installed")
            }
            return Self.response(ByteBuffer(string: script), "text/javascript; charset=utf-8", seconds: 3600)
        }
    }

    private static func response(_ body: ByteBuffer, _ type: String, seconds: Int) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .cacheControl: seconds > 0 ? "private, max-age=\(seconds)" : "no-cache"],
            body: .init(byteBuffer: body))
    }
}
