import ArgumentParser
import Instruments

/// `burette surfaces`: the built-in test functions.
struct Surfaces: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the built-in test functions.",
        discussion: help(
            "A test function takes the numeric parameters in the order of their names (x2 before x10) and is to be minimized.",
            examples: "burette surfaces", "burette run mine.yaml --surface branin --duration 1...3")
    )

    func run() {
        let width = Surface.all.map(\.name.count).max() ?? 0
        for surface in Surface.all {
            let name = surface.name + String(repeating: " ", count: width - surface.name.count)
            let numbers = surface.dimensions.map { "\($0) numbers" } ?? "any numbers"
            Output.data("\(name)  \(numbers)  on \(surface.domain); least value \(surface.minimum)")
        }
    }
}
