import Brokers
import Campaigns
import Logging
import Monitoring
import ServiceRuntime

/// What a person has typed into a cell, and cannot be taken.
public struct SheetProblem: Hashable, Sendable, CustomStringConvertible {
    public let tab: Tab
    /// As spreadsheets count, from 1.
    public let row: Int
    /// The column's, as Burette calls it.
    public let heading: String
    public let text: String
    public let reason: String

    public var description: String {
        "\(tab.rawValue), row \(row), \(heading)\(text.isEmpty ? "" : " \"\(text)\""): \(reason)"
    }
}

/// Takes what people typed into a spreadsheet, and brings it up to date.
public struct SheetExchange: Sendable {
    private let spreadsheet: any Spreadsheet
    private let broker: (any Broker)?
    private let worker: String
    private let setsAside: Bool
    private let dependencies: Dependencies
    private let logger: Logger

    /// What one pass did.
    public struct Pass: Sendable {
        /// What people typed, of which the record does not tell yet: it was sent to the broker, where there is one.
        public var typed: [Event] = []
        public var problems: [SheetProblem] = []
        /// Whether there was anything to change in the spreadsheet.
        public var hasChanges = false
        /// Whether nobody was there who could take what was typed.
        public var isUntaken = false
        /// Why the spreadsheet was not changed, where it should have been.
        public var obstacle: SpreadsheetNotWritable?

        public init() {}

        init(hasChanges: Bool) { self.hasChanges = hasChanges }

        init(_ plan: Mirror.Plan) {
            (typed, problems) = (plan.results + plan.orders, plan.problems)
            hasChanges = !plan.changes.allSatisfy(\.changes.isEmpty)
        }

        public var isIdle: Bool { typed.isEmpty && !hasChanges }
    }

    /// A worksheet without the keys in its first row.
    public struct NoBoard: CodedError, CustomStringConvertible {
        let tab: Tab
        public var description: String {
            "its worksheet \(tab.rawValue) lacks the first row, which burette board --out and its kin write and hide"
        }
        public var code: String { "no-board" }
    }

    /// Results carry the name `worker`. Without a broker nothing is taken: what people typed stays for another time. A worksheet that has lost its first row
    /// is set aside and made again, or, where `setsAside` is false, refused.
    public init(
        _ spreadsheet: any Spreadsheet, broker: (any Broker)?, worker: String = "sheet", setsAside: Bool = true,
        dependencies: Dependencies = .real, logger: Logger
    ) {
        (self.spreadsheet, self.broker, self.worker, self.setsAside) = (spreadsheet, broker, worker, setsAside)
        (self.dependencies, self.logger) = (dependencies, logger)
    }

    var isLocal: Bool { spreadsheet.isLocal }

    /// Whether somebody may have changed the spreadsheet since the last pass.
    func mayHaveChanged() async throws -> Bool { try await spreadsheet.mayHaveChanged() }

    /// Reads record and spreadsheet once, and does what brings them into step. Throws what brokers and spreadsheets throw.
    public func pass(at history: CampaignHistory) async throws -> Pass {
        let layouts = Tab.allCases.map { Layout($0, of: history.campaign) }
        let heads = Dictionary(uniqueKeysWithValues: layouts.map { ($0.tab, $0.heads) })
        let grids = try await spreadsheet.read(heads: heads)
        var readings: [TabReading] = []
        for layout in layouts {
            let grid = grids[layout.tab] ?? []
            if grid.allSatisfy({ $0.allSatisfy(\.text.isEmpty) }) {
                // A person has emptied it.
                let heads = layout.heads.enumerated().map { SheetChange.write(row: $0, column: 0, $1) }
                try await spreadsheet.apply([(layout.tab, heads)])
                return Pass(hasChanges: true)
            }
            guard let reading = TabReading(grid, layout) else {
                guard setsAside else { throw NoBoard(tab: layout.tab) }
                logger.warning(
                    "the worksheet \(layout.tab.rawValue) has lost its first row; it is set aside, and made again")
                try await spreadsheet.setAside(layout.tab)
                return Pass(hasChanges: true)
            }
            readings.append(reading)
        }
        let random = dependencies.random
        let mirror = Mirror(history, worker: worker, now: dependencies.now()) {
            String(random() & 0xffff_ffff, radix: 16)
        }
        let plan = mirror.plan(readings)
        var pass = Pass(plan)
        // What people typed is at the broker before anything of it is written over.
        if let broker {
            let campaign = history.campaign.name
            do {
                if !plan.results.isEmpty { try await broker.send(results: plan.results, to: campaign) }
                if !plan.orders.isEmpty { try await broker.send(orders: plan.orders, to: campaign) }
            } catch BrokerError.linkClosed {
                // The campaign's planner has ended. What it measured is shown all the same: what was typed stays where it is.
                pass.isUntaken = true
            }
        }
        let changes = plan.changes.filter { !$0.changes.isEmpty }
        do { try await spreadsheet.apply(changes) } catch let error as SpreadsheetNotWritable { pass.obstacle = error }
        return pass
    }
}
