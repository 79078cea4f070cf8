import Campaigns
import Foundation

/// Numbers, times and durations as the pages show them.
enum Wording {
    /// A number with six significant digits.
    static func number(_ value: Double) -> String { value.rounded(significant: 6).shortest }

    /// A time as a machine reads it, for a `time` element that the reader's browser shows in its own zone; nil for one that no calendar has.
    static func stamp(_ seconds: Double) -> String? {
        guard seconds > 0, seconds < 253_402_300_799 else { return nil }
        return Date(timeIntervalSince1970: seconds).formatted(.iso8601)
    }

    /// A duration in one or two units: `4.2 s`, `42 s`, `3 min`, `5 h 20 min`, `2 d 4 h`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e12)))
        return switch whole {
        case ..<10: "\((max(0, seconds) * 10).rounded() / 10) s".replacing(".0 s", with: " s")
        case ..<100: "\(whole) s"
        case ..<6000: "\(whole / 60) min"
        case ..<172_800: "\(whole / 3600) h \(whole % 3600 / 60) min"
        default: "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
        }
    }
}

/// A time for a template.
struct Moment: Sendable {
    let stamp: String
    let text: String

    init?(_ seconds: Double) {
        guard let stamp = Wording.stamp(seconds) else { return nil }
        self.stamp = stamp
        text = stamp.replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "Z", with: " UTC")
    }
}
