import Campaigns
import Foundation

/// A batch as a table for people: what its samples share above, a line for each of them below.
struct BatchTable {
    let lines: [String]

    init(_ batch: Job) {
        let samples = batch.experiments
        let units = batch.units ?? [:]
        func text(_ name: String, _ value: ParameterValue) -> String {
            value.readable + (units[name].map { " \($0)" } ?? "")
        }
        let shared = batch.parameters.inOrder.map { "\($0.key) = \(text($0.key, $0.value))" }
        let names = Set(samples.flatMap(\.parameters.keys)).subtracting(batch.parameters.keys)
        let columns = names.sorted(by: Point.standsBefore)
        let rows =
            [["sample"] + columns]
            + samples.enumerated().map { index, sample in
                ["\(index + 1)"] + columns.map { name in sample.parameters[name].map { text(name, $0) } ?? "-" }
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let head = "Batch \(batch.id): \(samples.count) samples"
        lines =
            [Output.bold(head + (shared.isEmpty ? "" : ", all at \(shared.joined(separator: ", "))"))]
            + rows.map { row in
                let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                return "  " + cells.joined(separator: "  ")
            }
    }
}

extension Point {
    /// The values by their names in order: x2 stands before x10.
    var inOrder: [(key: String, value: ParameterValue)] {
        sorted { Self.standsBefore($0.key, $1.key) }
    }

    /// The values in an order of their names; those that it does not name come last, by their names.
    func inOrder(_ order: [String]?) -> [(key: String, value: ParameterValue)] {
        guard let order else { return inOrder }
        let first = order.compactMap { name in self[name].map { (key: name, value: $0) } }
        return first + inOrder.filter { !order.contains($0.key) }
    }

    static func standsBefore(_ one: String, _ other: String) -> Bool {
        one.compare(other, options: .numeric) == .orderedAscending
    }
}
