extension CampaignState {
    /// What a move puts elsewhere, and all that is pending in the order that comes of it. What waits can be moved; what a worker has taken meanwhile, or
    /// has ended, cannot: nil.
    func rearranged(by move: Event.Move) -> (moved: [JobID], pending: [JobID])? {
        let isWaiting = { (id: JobID) in self.jobs[id]?.status.isWaiting ?? false }
        let moved = experiments(of: move.job).filter(isWaiting)
        guard !moved.isEmpty else { return nil }
        var all = pending.filter { !moved.contains($0) }
        var place = all.endIndex
        if let before = move.before {
            let wanted = experiments(of: before)
            place =
                all.firstIndex { isWaiting($0) && wanted.contains($0) } ?? all.firstIndex(where: isWaiting) ?? place
        }
        all.insert(contentsOf: moved, at: place)
        return (moved, all)
    }

    /// The jobs that wait in a queue, as messages: in the order in which they are to be handed out.
    public func waitingMessages(in queue: WorkQueue) -> [JobID] {
        pendingJobs.filter { $0.job.queue == queue && $0.status.isWaiting }.byMessage.map { $0[0].job.message }
    }
}
