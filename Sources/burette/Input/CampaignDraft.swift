import Campaigns
import Foundation

/// A campaign file that is being written: what `burette init` asks for, takes from options, or guesses from a table.
struct CampaignDraft {
    var name: String
    var parameters: [DraftParameter] = []
    var objectives: [DraftObjective] = []
    var measurements = 20
    var measure = MeasureScript.shell

    /// The campaign that the file defines. Throws ``CampaignFileError``.
    func campaign() throws -> Campaign { try CampaignFile.parse(yaml, file: fileName) }

    var fileName: String { "\(name).yaml" }

    /// The commented file.
    var yaml: String {
        let parameters = parameters.map { "  - \($0.yaml)" }.joined(separator: "\n")
        let objectives = objectives.map { "  - \($0.yaml)" }.joined(separator: "\n")
        return """
            # A campaign of Burette. Every key is described in docs/cli.md.
            campaign: \(name)

            # What can be varied. Types: continuous (low, high), discrete (levels), categorical (options).
            # scale: log spaces a parameter evenly in its logarithm; step: 0.05 or digits: 3 rounds proposals.
            parameters:
            \(parameters)

            # What is measured, and which way is better. noise: the standard deviation of one measurement, if known.
            objectives:
            \(objectives)

            planner:
              seed: \(seed)   # the same seed and the same results give the same recommendations

            # When the campaign ends; also possible: duration: 12h, target: 0.95.
            budget: {measurements: \(measurements)}

            # What measures in `burette run \(fileName)`. \(measure.comment)
            instrument: \(measure.instrument)

            """
    }

    /// A seed of its own for each name, and the same for the same name.
    private var seed: Int { name.utf8.reduce(17) { ($0 &* 31 &+ Int($1)) % 100_000 } }
}

/// A text as a YAML scalar: quoted unless it can be nothing else.
func yamlScalar(_ text: String) -> String {
    let isPlain =
        text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\/-]*/) != nil
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text.lowercased())
    if isPlain { return text }
    return "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
}

/// One parameter of a draft.
struct DraftParameter {
    var name: String
    var domain: Domain
    var unit: String?

    enum Domain {
        case range(low: Double, high: Double, isLogarithmic: Bool)
        case levels([Double])
        case options([String])
    }

    /// Reads `T=20...80`, `T=20...80 °C`, `c=0.001...1 mol/L log`, `stirring=100,200,400 rpm` or `solvent=water,THF`. Throws ``WrongData``.
    init(text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw WrongData("\"\(text)\" is no parameter: write T=20...80, T=20...80 °C, or solvent=water,THF")
        }
        name = parts[0]
        var words = parts[1].split(separator: " ").map(String.init)
        let isLogarithmic = words.count > 1 && words.last == "log"
        if isLogarithmic { words.removeLast() }
        let ends = words[0].components(separatedBy: "...").map { Double($0) }
        if ends.count == 2 {
            guard let low = ends[0], let high = ends[1], low < high, low.isFinite, high.isFinite else {
                throw WrongData("\(name): \(words[0]) is no range; write two numbers, the lower one first: 20...80")
            }
            domain = .range(low: low, high: high, isLogarithmic: isLogarithmic)
            unit = words.count > 1 ? words.dropFirst().joined(separator: " ") : nil
            return
        }
        let numbers = words[0].split(separator: ",").map { Double($0) }
        if !numbers.contains(nil) {
            domain = .levels(Set(numbers.compactMap(\.self)).sorted())
            unit = words.count > 1 ? words.dropFirst().joined(separator: " ") : nil
        } else {
            domain = .options(
                parts[1].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty })
            unit = nil
        }
    }

    init(name: String, domain: Domain, unit: String?) { (self.name, self.domain, self.unit) = (name, domain, unit) }

    var yaml: String {
        var keys = "name: \(yamlScalar(name)), "
        switch domain {
        case .range(let low, let high, let isLogarithmic):
            keys +=
                "type: continuous, low: \(low.shortest), high: \(high.shortest)" + (isLogarithmic ? ", scale: log" : "")
        case .levels(let levels):
            keys += "type: discrete, levels: [\(levels.map(\.shortest).joined(separator: ", "))]"
        case .options(let options):
            keys += "type: categorical, options: [\(options.map(yamlScalar).joined(separator: ", "))]"
        }
        return "{\(keys)" + (unit.map { ", unit: \(yamlScalar($0))" } ?? "") + "}"
    }
}

/// One objective of a draft.
struct DraftObjective {
    var name: String
    var isMaximized: Bool
    var unit: String?

    /// Reads `yield=maximize`, or `cost=minimize EUR`. Throws ``WrongData``.
    init(text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        let words = parts.count == 2 ? parts[1].split(separator: " ").map(String.init) : []
        guard let goal = words.first, ["maximize", "minimize"].contains(goal), !parts[0].isEmpty else {
            throw WrongData("\"\(text)\" is no objective: write yield=maximize, or cost=minimize EUR")
        }
        (name, isMaximized) = (parts[0], goal == "maximize")
        unit = words.count > 1 ? words.dropFirst().joined(separator: " ") : nil
    }

    init(name: String, isMaximized: Bool, unit: String?) {
        (self.name, self.isMaximized, self.unit) = (name, isMaximized, unit)
    }

    var yaml: String {
        "{name: \(yamlScalar(name)), goal: \(isMaximized ? "maximize" : "minimize")"
            + (unit.map { ", unit: \(yamlScalar($0))" } ?? "") + "}"
    }
}
