import Campaigns
import Monitoring

/// What somebody typed into a form of an order.
struct OrderForm: Sendable {
    var job = ""
    var reason = ""
    /// The name of somebody at the bench, and whose fault a failure is.
    var person = ""
    var kind = ""
    /// The checksums of files that belong to a result.
    var attachments: [String] = []
    /// What somebody logs in with, and where it goes on afterwards.
    var password = ""
    var next: String?
    /// The job that another one is put before, `first` or `last`.
    var before = ""
    /// Typed values by parameter, and by objective or limit; nothing for what was left empty.
    var parameters: [String: String] = [:]
    var values: [String: String] = [:]
    /// The objectives or limits whose fields were left empty.
    private var empty: [String] = []

    /// Reads the pairs of a form or of a query.
    init(_ pairs: some Sequence<(name: String, value: String)>) {
        for (name, value) in pairs {
            let text = value.trimmingCharacters(in: .whitespacesAndNewlines)
            switch name {
            case "job": job = text
            case "reason": reason = text
            case "person": person = text
            case "kind": kind = text
            case "attachment": attachments.append(text)
            case "password": password = value
            case "next": next = text
            case "before": before = text
            case _ where text.isEmpty && name.hasPrefix("v."): empty.append(String(name.dropFirst(2)))
            case _ where text.isEmpty: continue
            case _ where name.hasPrefix("p."): parameters[String(name.dropFirst(2))] = text
            case _ where name.hasPrefix("v."): values[String(name.dropFirst(2))] = text
            default: continue
            }
        }
    }

    /// Whether it was sent from the board, and goes back there.
    var isOfBoard: Bool { next == "board" }

    /// The orders that there are.
    static let orders = [
        "pause", "resume", "stop", "budget", "rerun", "fail", "withdraw", "move", "exclude", "include", "correct",
        "comment",
        "inject",
    ]

    /// Who may give an order.
    static func role(for order: String) -> Role { order == "comment" || order == "correct" ? .bench : .operator }

    /// The order of a name with it; nil where there is no such order.
    func request(_ order: String) -> OrderRequest? {
        switch order {
        case "pause": .pause
        case "resume": .resume
        case "stop": .stop
        case "rerun": .rerun(job: job)
        case "fail": .fail(job: job)
        case "withdraw": .withdraw(job: job)
        case "exclude": .exclude(job: job)
        case "include": .include(job: job)
        case "correct": .correct(job: job, values: values)
        case "move": .move(job: job, to: .init(before))
        case "budget":
            // An empty field of a form takes a limit away.
            .budget(limits: values.merging(empty.map { ($0, Budget.noLimit) }) { typed, _ in typed })
        case "comment": .comment(job: job, text: reason)
        case "inject": .inject(parameters: parameters, values: values)
        default: nil
        }
    }
}
