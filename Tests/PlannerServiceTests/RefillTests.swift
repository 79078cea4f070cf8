import Campaigns
import Support
import Testing

@testable import PlannerService

@Suite("A refill")
struct RefillTests {
    @Test("plans anew what is ready whenever something is learnt, unless that would take more than a tenth of the time")
    func freshening() {
        var freshening = Freshening()
        func isDue(_ news: Bool, _ now: Double) -> Bool { freshening.isDue(news, now: now) }
        #expect(!isDue(false, 100))
        #expect(isDue(true, 101))
        freshening.took(from: 101, to: 102, workers: 4)
        #expect(!isDue(true, 110))
        // What was learnt meanwhile is made up for, without further news.
        #expect(isDue(false, 111) && !isDue(false, 120))
        // Among many workers one result more matters less.
        freshening.took(from: 120, to: 121, workers: 64)
        #expect(!isDue(true, 180) && isDue(false, 185))
    }

    @Test(
        "keeps one job ready for every eight workers, beside one for each",
        arguments: [(1, 2), (8, 9), (9, 11), (64, 72)])
    func lookahead(workers: Int, jobs: Int) throws {
        var campaign = braninCampaign(try CampaignName("t"))
        campaign.planner.lookahead = 1
        campaign.planner.initialDesign.count = 1
        campaign.budget = Budget()
        #expect(
            CampaignState().missing(campaign, in: .common, workers: workers, isServed: true, beside: []) == jobs)
        campaign.planner.lookahead = 0
        #expect(
            CampaignState().missing(campaign, in: .common, workers: workers, isServed: true, beside: []) == workers)
    }
}
