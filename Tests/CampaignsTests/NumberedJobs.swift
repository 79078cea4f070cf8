import Campaigns

/// Events of a campaign of jobs 1, 2, ....
func job(_ number: Int) -> JobID { JobID("\(number)") }

func event(_ id: String, _ body: Event.Body) throws -> Event {
    Event(id: id, campaign: try CampaignName("c"), time: 1, body: body)
}

func published(_ number: Int) throws -> Event {
    try event(
        "p\(number)",
        .published(
            Job(id: job(number), parameters: ["x": .number(Double(number))], objectives: ["y"], origin: .planned)))
}

func measured(_ number: Int, _ value: Double, id: String? = nil) throws -> Event {
    try event(
        id ?? "m\(number)",
        .measured(.init(job: job(number), worker: "w", values: ["y": value], began: 1, ended: 2)))
}
