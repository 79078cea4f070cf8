import Campaigns
import Monitoring
import Spreadsheets

/// Rows that people add: experiments of their own.
extension Mirror {
    /// A row without a job. Once it says where something is to be measured it gets an id, and only then the campaign is told: whoever dies in between finds
    /// the same row with the same id.
    func takeOwn(_ row: TabReading.Row, of tab: inout TabPlan) {
        let typed = row.cells.filter { !$0.key.isHidden && !$0.value.text.isEmpty }
        guard !typed.isEmpty else { return }
        guard tab.reading.layout.tab != .pending else {
            return tab.keep(row, flags: [typed.keys.first ?? .id: "add an experiment in the worksheet Queue"])
        }
        do {
            _ = try injection(row, of: tab)
            tab.name(row, "manual-\(identity())")
        } catch let problem as CellProblem {
            tab.keep(row, flags: [problem.role: problem.reason])
        } catch {
            let first = campaign.space.parameters.first { typed[.parameter($0.name)] != nil }?.name
            tab.keep(row, flags: [first.map(ColumnRole.parameter) ?? typed.keys.first ?? .id: Self.words(error)])
        }
    }

    /// A row that has its id, of which the campaign is yet to be told.
    func sendOwn(_ row: TabReading.Row, of tab: inout TabPlan, _ plan: inout Plan) {
        let id = "\(SentEvents.prefix)i-\(row.id)"
        if let refusal = sent.refusal(of: id) { return tab.keep(row, flags: [.fact("job"): refusal]) }
        do {
            let order = try OperatorOrders(by: worker, now: { [now] in now }).event(
                try injection(row, of: tab), because: "added in the spreadsheet", in: history, at: "the sheet")
            guard case .injected(let asked) = order.body else { return }
            let injection = Event.Injection(
                job: JobID(row.id), parameters: asked.parameters, values: asked.values, by: asked.by,
                reason: asked.reason, limits: asked.limits, errors: asked.errors)
            if !sent.contains(id) {
                plan.orders.append(Event(id: id, campaign: campaign.name, time: now, body: .injected(injection)))
            }
            tab.keep(row, flags: [:])
        } catch let problem as CellProblem {
            tab.keep(row, flags: [problem.role: problem.reason])
        } catch {
            let role = campaign.space.parameters.first.map { ColumnRole.parameter($0.name) } ?? .id
            tab.keep(row, flags: [role: Self.words(error)])
        }
    }

    private struct CellProblem: Error {
        let role: ColumnRole
        let reason: String
    }

    /// The experiment that a row asks for, or records.
    private func injection(_ row: TabReading.Row, of tab: TabPlan) throws -> OrderRequest {
        var parameters: [String: String] = [:]
        for parameter in campaign.space.parameters {
            let role = ColumnRole.parameter(parameter.name)
            guard let cell = row.cells[role], !cell.text.isEmpty else { continue }
            parameters[parameter.name] = try text(cell, of: parameter)
        }
        var values: [String: String] = [:]
        for objective in campaign.objectives {
            let text = row.text(.value(objective.name))
            if !text.isEmpty { values[objective.name] = text }
        }
        if tab.reading.layout.tab == .results, values.count < campaign.objectives.count {
            let missing = campaign.objectives.first { values[$0.name] == nil }?.name ?? ""
            throw CellProblem(role: .value(missing), reason: "a result needs its \(missing)")
        }
        // Whatever is wrong is said of the row now, not when it is sent.
        let request = OrderRequest.inject(parameters: parameters, values: values)
        _ = try OperatorOrders(by: worker, now: { 0 }).event(request, because: nil, in: history, at: "the sheet")
        return request
    }

    /// A parameter as it was typed. A spreadsheet takes an option such as `1e3` or `true` for a number or a truth value.
    private func text(_ cell: CellValue, of parameter: Parameter) throws -> String {
        guard case .categorical(let options, _) = parameter.domain else {
            guard !Self.isDate(cell.text) else {
                throw CellProblem(role: .parameter(parameter.name), reason: Self.dateInstead)
            }
            return cell.text
        }
        guard !options.contains(cell.text) else { return cell.text }
        let alike = options.filter { option in
            switch cell {
            case .number(let number): Double(option) == number
            case .truth(let truth): option.lowercased() == (truth ? "true" : "false")
            case .text(let text): option.lowercased() == text.trimmingCharacters(in: .whitespaces).lowercased()
            case .empty: false
            }
        }
        guard alike.count == 1 else {
            throw CellProblem(
                role: .parameter(parameter.name),
                reason: "\(parameter.name) is one of \(options.joined(separator: ", "))")
        }
        return alike[0]
    }
}
