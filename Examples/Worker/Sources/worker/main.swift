import BuretteWorker
import Foundation

let arguments = CommandLine.arguments
guard arguments.count == 3 else { fatalError("usage: worker CAMPAIGN amqp://user:password@host") }
let worker = try Worker(campaign: arguments[1], broker: arguments[2], name: "swift") { parameters in
    let (x, y) = (try parameters.number("x0"), try parameters.number("x1"))
    parameters.progress(0.5, "half of it")
    try await Task.sleep(for: .milliseconds(50))
    return ["branin": pow(y - 0.1291845 * x * x + 1.5915494 * x - 6, 2) + 9.6021127 * cos(x) + 10]
}
try await worker.run()
