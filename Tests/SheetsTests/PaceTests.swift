import Foundation
import Support
import Testing

@testable import Sheets

@Suite("Google's quota")
struct PaceTests {
    @Test("is kept by twenty connectors that share an account, all of them busy", arguments: [1, 5, 20, 100])
    func shared(connectors: Int) {
        var pace = Pace(shortest: 5, connectors: connectors)
        let pauses = (0..<100).map { _ in pace.afterLook(wasBusy: true) }
        let looks = Double(connectors) * 60 * 100 / pauses.reduce(0, +)
        #expect(looks <= 60, "a look is one reading and one writing at most")
        // Six such accounts fill a project.
        #expect(looks * 5 <= 300)
    }

    @Test("is kept from the first second on, when twenty connectors start together", arguments: [1, 2, 3] as [UInt64])
    func start(seed: UInt64) {
        var random = Dice(seed: seed)
        var requests: [Double] = []
        for _ in 0..<20 {
            var pace = Pace(shortest: 5, connectors: 20)
            var time = pace.beforeFirstLook(unit: Double.random(in: 0..<1, using: &random))
            // The worksheets are looked for, then read.
            requests += [time, time]
            time += max(pace.afterLook(wasBusy: true), pace.afterFirstLook())
            while time < 600 {
                requests.append(time)
                time += pace.afterLook(wasBusy: true)
            }
        }
        let most = requests.map { first in requests.count { (first..<first + 60).contains($0) } }.max() ?? 0
        #expect((50...60).contains(most), "seed \(seed)")
    }

    @Test("is hardly used at rest")
    func rest() {
        var pace = Pace(shortest: 5, connectors: 1)
        for _ in 0..<20 { _ = pace.afterLook(wasBusy: false) }
        #expect(pace.afterLook(wasBusy: false) == 30 && pace.afterLook(wasBusy: true) == 5)
    }

    @Test("does not concern a file at hand: it is looked at as often as was asked for")
    func local() {
        var pace = Pace(shortest: 0.5, connectors: 20, isLocal: true)
        for _ in 0..<20 {
            let idle = pace.afterLook(wasBusy: false)
            #expect(idle == 0.5 && pace.afterTrouble(retryAfter: nil, unit: 1) == 0.5)
        }
        #expect(pace.beforeFirstLook(unit: 1) == 0 && pace.afterFirstLook() == 0)
    }

    @Test("is tried again later and later, with jitter, and not before the service says so")
    func trouble() {
        var pace = Pace(shortest: 5, connectors: 1)
        let pauses = (0..<9).map { _ in pace.afterTrouble(retryAfter: nil, unit: 1) }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 64, 64])
        #expect(pace.afterTrouble(retryAfter: nil, unit: 0) == 32 && pace.afterTrouble(retryAfter: 100, unit: 0) == 100)
        _ = pace.afterLook(wasBusy: true)
        #expect(pace.afterTrouble(retryAfter: nil, unit: 1) == 1)
    }
}
