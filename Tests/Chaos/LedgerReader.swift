import Campaigns
import EventStore
import Foundation

/// A planner's ledger as it grows.
struct LedgerReader {
    let path: String
    private(set) var events: [Event] = []
    /// When a job was begun that was measured since, the latest of all: when its ledger told so, whatever the worker's clock says.
    private(set) var lastBegun = Date.distantPast
    private var ledger: Ledger?
    private var last: Int64 = 0
    private var begun: [JobID: Date] = [:]

    init(path: String) { self.path = path }

    /// Reads what has come into the ledger; returns what is new.
    mutating func read() async throws -> [Event] {
        if ledger == nil { ledger = try? Ledger.open(path: path, create: false) }
        guard let ledger, let (new, last) = try? await ledger.events(after: last), !new.isEmpty else { return [] }
        self.last = last
        events += new
        for event in new {
            switch event.body {
            case .started(let start): begun[start.job] = begun[start.job] ?? Date()
            case .measured(let measurement):
                if let time = begun.removeValue(forKey: measurement.job) { lastBegun = max(lastBegun, time) }
            default: break
            }
        }
        return new
    }
}
