import Campaigns

/// What `burette init` lets measure: a script beside the campaign file, or a person.
enum MeasureScript: String, CaseIterable {
    case shell, python, human

    /// The script's file; nil where nobody needs one.
    var fileName: String? {
        switch self {
        case .shell: "measure.sh"
        case .python: "measure.py"
        case .human: nil
        }
    }

    /// The value of `instrument:`.
    var instrument: String {
        switch self {
        case .shell: "{exec: ./measure.sh}"
        case .python: "{python: \"measure.py:measure\"}"
        case .human: "{human: true}"
        }
    }

    var comment: String {
        switch self {
        case .shell, .python: "count: 3 runs three at once; time_limit: 2h ends one that hangs."
        case .human: "A person at the terminal types what was measured."
        }
    }

    /// A script that measures a made-up formula, to be replaced: best in the middle of every range, and at the first option.
    func text(of campaign: Campaign) -> String? {
        let objectives = campaign.objectives.map { (name: $0.name, sign: $0.goal == .minimize ? "" : "-") }
        switch self {
        case .human: return nil
        case .shell: return shell(campaign, objectives)
        case .python: return python(campaign, objectives)
        }
    }

    private func shell(_ campaign: Campaign, _ objectives: [(name: String, sign: String)]) -> String {
        let variables = campaign.space.parameters.map { "$BURETTE_\(Self.variable($0.name))" }.joined(separator: " ")
        let terms = campaign.space.parameters.map { parameter -> String in
            let variable = "ENVIRON[\"BURETTE_\(Self.variable(parameter.name))\"]"
            guard let (middle, half) = Self.middle(parameter) else {
                return "(\(variable) != \"\(Self.firstOption(parameter))\")"
            }
            return "((\(variable) - \(middle.shortest)) / \(half.shortest)) ^ 2"
        }
        let sum = terms.joined(separator: " + ")
        let format = objectives.map { "\\\"\($0.name)\\\": %g" }.joined(separator: ", ")
        let values = objectives.map { "\($0.sign)y" }.joined(separator: ", ")
        return """
            #!/bin/sh
            # Measures one experiment. The parameters are in variables: \(variables)
            # (and, as JSON, on standard input). Print the measured values as one JSON object.
            # An exit status other than 0 is a failed measurement; the last line on standard error is its reason.
            #
            # This formula is made up. Replace it by what measures.
            exec awk 'BEGIN { y = \(sum); printf "{\(format)}\\n", \(values) }'

            """
    }

    private func python(_ campaign: Campaign, _ objectives: [(name: String, sign: String)]) -> String {
        let names = campaign.space.parameters.map(\.name)
        let terms = campaign.space.parameters.map { parameter -> String in
            guard let (middle, half) = Self.middle(parameter) else {
                return "(parameters[\"\(parameter.name)\"] != \"\(Self.firstOption(parameter))\")"
            }
            return "((parameters[\"\(parameter.name)\"] - \(middle.shortest)) / \(half.shortest)) ** 2"
        }
        let result = objectives.map { "\"\($0.name)\": \($0.sign)y" }.joined(separator: ", ")
        return """
            \"\"\"Measures one experiment: called with the parameters by name, returns the measured values.

            The interpreter stays from job to job: connect to the instrument once, here.
            \"\"\"


            def measure(**parameters):
                # \(names.joined(separator: ", "))
                # This formula is made up. Replace it by what measures.
                y = \(terms.joined(separator: " + "))
                return {\(result)}

            """
    }

    private static func variable(_ name: String) -> String {
        String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func middle(_ parameter: Parameter) -> (middle: Double, half: Double)? {
        switch parameter.domain {
        case .continuous(let low, let high, _): ((low + high) / 2, (high - low) / 2)
        case .discrete(let levels, _):
            levels.count > 1
                ? ((levels[0] + levels[levels.count - 1]) / 2, (levels[levels.count - 1] - levels[0]) / 2)
                : (levels[0], 1)
        case .categorical, .listed: nil
        }
    }

    private static func firstOption(_ parameter: Parameter) -> String {
        if case .categorical(let options, _) = parameter.domain { options[0] } else { "" }
    }
}
