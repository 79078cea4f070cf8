import Campaigns
import Monitoring

/// The order of the worksheet Queue, from which the planner's queue takes its own.
extension Mirror {
    /// A person has put rows elsewhere: the jobs are moved as the rows are. Until the record follows, the worksheet keeps the person's order.
    func takeOrder(_ tab: inout TabPlan, _ plan: inout Plan) {
        let rows = tab.reading.rows.filter { tab.isFirst($0) && tab.isWanted($0) }
        let places = rows.compactMap { $0.mark?.place }
        guard places.count == rows.count, places != places.sorted() else { return }
        var isMoved = false
        for line in lines(of: rows.map { JobID($0.id) }) {
            isMoved = order(line, &plan) || isMoved
        }
        if isMoved { tab.ownOrder = rows.map(\.id) }
    }

    /// The jobs of each queue of the broker, in the order of the worksheet.
    private func lines(of jobs: [JobID]) -> [[JobID]] {
        var lines: [(queue: WorkQueue, jobs: [JobID])] = []
        for job in jobs {
            guard let queue = state.jobs[job]?.job.queue else { continue }
            let message = state.message(of: job)
            if let place = lines.firstIndex(where: { $0.queue == queue }) {
                if !lines[place].jobs.contains(message) { lines[place].jobs.append(message) }
            } else {
                lines.append((queue, [message]))
            }
        }
        return lines.map(\.jobs)
    }

    /// Orders what brings a queue into another order; whether there was anything to order.
    private func order(_ wanted: [JobID], _ plan: inout Plan) -> Bool {
        guard
            let queue = wanted.first.flatMap({ state.experiments(of: $0).first }).flatMap({ state.jobs[$0]?.job.queue })
        else { return false }
        let original = state.waitingMessages(in: queue)
        var line = original
        var isMoved = false
        for (index, job) in wanted.enumerated().reversed() {
            let next = index + 1 < wanted.count ? wanted[index + 1] : nil
            guard let place = line.firstIndex(of: job) else { continue }
            let follower = place + 1 < line.count ? line[place + 1] : nil
            // What is not in the worksheet yet stays behind.
            guard next != nil, follower != next else { continue }
            isMoved = true
            line.remove(at: place)
            line.insert(job, at: next.flatMap { line.firstIndex(of: $0) } ?? line.endIndex)
            let id = SentEvents.id("m", original.map(\.rawValue) + ["to"] + wanted.map(\.rawValue) + [job.rawValue])
            guard !sent.contains(id) else { continue }
            let move = Event.Move(job: job, before: next, by: worker, reason: "moved in the spreadsheet")
            plan.orders.append(Event(id: id, campaign: campaign.name, time: now, body: .moved(move)))
        }
        return isMoved
    }
}
