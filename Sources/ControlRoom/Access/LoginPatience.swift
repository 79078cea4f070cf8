import Foundation

/// Slows down who guesses passwords: after ten failures at a name, or from an address, each further try has to wait, twice as long each time.
struct LoginPatience {
    private struct Failures {
        var count = 0
        var last = 0.0
    }

    private static let free = 10
    /// So long at most: somebody else's guesses must not lock a person out.
    private static let longest = ["name": 60.0, "address": 900.0]
    /// Failures are forgotten after an hour, and there are never more than so many to remember.
    private static let memory = 3600.0
    private static let most = 10_000
    private var failures: [String: Failures] = [:]

    /// How many seconds the next try has to wait; nil where it need not.
    func wait(name: String, address: String, now: Double) -> Double? {
        let waits = Self.keys(name, address).compactMap { kind, key -> Double? in
            guard let past = failures[key], past.count >= Self.free, now - past.last < Self.memory else { return nil }
            let pause = min(pow(2, Double(past.count - Self.free)), Self.longest[kind] ?? 0)
            return past.last + pause - now
        }
        return waits.filter { $0 > 0 }.max()
    }

    mutating func failed(name: String, address: String, now: Double) {
        if failures.count >= Self.most {
            failures = failures.filter { now - $0.value.last < Self.memory }
            if failures.count >= Self.most, let oldest = failures.min(by: { $0.value.last < $1.value.last })?.key {
                failures[oldest] = nil
            }
        }
        for (_, key) in Self.keys(name, address) {
            var past = failures[key] ?? Failures()
            if now - past.last >= Self.memory { past.count = 0 }
            past.count += 1
            past.last = now
            failures[key] = past
        }
    }

    mutating func succeeded(name: String, address: String) {
        for (_, key) in Self.keys(name, address) { failures[key] = nil }
    }

    private static func keys(_ name: String, _ address: String) -> [(kind: String, key: String)] {
        [("name", "name \(name.prefix(80))"), ("address", "address \(address)")]
    }
}
