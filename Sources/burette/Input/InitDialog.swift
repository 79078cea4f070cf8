import Campaigns
import Foundation

/// The questions of `burette init`, at a terminal.
struct InitDialog {
    /// Asks for what a draft lacks. Throws ``WrongData`` where the person stops typing.
    func complete(_ draft: inout CampaignDraft) throws {
        if draft.name.isEmpty {
            draft.name = try ask("Name of the campaign (a-z, 0-9 and -)", default: "my-campaign")
        }
        Output.note("What can be varied? One parameter a line, an empty line ends:")
        Output.note("  T=20...80 °C        any number in a range; add log to space it by its logarithm")
        Output.note("  stirring=100,200    some numbers")
        Output.note("  solvent=water,THF   some options")
        while true {
            let text = try ask("parameter \(draft.parameters.count + 1)", default: "")
            if text.isEmpty {
                if draft.parameters.isEmpty { Output.note("one at least") } else { break }
                continue
            }
            do { draft.parameters.append(try DraftParameter(text: text)) } catch { Output.note("\(error)") }
        }
        while draft.objectives.isEmpty {
            let text = try ask("What is measured, and which way is better", default: "yield=maximize")
            do { draft.objectives = [try DraftObjective(text: text)] } catch { Output.note("\(error)") }
        }
        while true {
            let text = try ask("How many measurements", default: "\(draft.measurements)")
            if let count = Int(text), count > 0 {
                draft.measurements = count
                break
            }
            Output.note("a whole number, at least 1")
        }
        while true {
            let text = try ask("What measures: shell, python or human", default: draft.measure.rawValue)
            if let measure = MeasureScript(rawValue: text) {
                draft.measure = measure
                break
            }
            Output.note("shell writes measure.sh, python measure.py; with human a person types what was measured")
        }
    }

    private func ask(_ question: String, default answer: String) throws -> String {
        Output.prompt(question + (answer.isEmpty ? "" : " [\(answer)]") + ": ")
        guard let line = readLine() else { throw WrongData("nothing was written") }
        let text = line.trimmingCharacters(in: .whitespaces)
        return text.isEmpty ? answer : text
    }
}
