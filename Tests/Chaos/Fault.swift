/// What can befall the parties and the broker.
enum Fault: String, CaseIterable {
    case killPlanner = "planner killed with -9"
    case killWorker = "worker killed with -9"
    case killAll = "all parties killed with -9"
    case stopPlanner = "planner stopped (SIGSTOP) for a while"
    case stopWorker = "worker stopped (SIGSTOP) for a while"
    case cutPlanner = "planner's packets dropped for a while"
    case cutWorker = "worker's packets dropped for a while"
    case killBroker = "broker killed with -9 and started again"
    case loseNode = "node of the cluster lost for a while"
    case cutNode = "node of the cluster cut off for a while"
    case loseHost = "worker's host gone for a while, without a word"
    case leave = "three workers leave, and come back"
    case alarm = "memory alarm for a while"
    case fullQueue = "work queue full for a while"
    case deleteWork = "work queue deleted by hand"
    case deleteInbox = "inbox deleted by hand"
    case deleteFeed = "feed deleted by hand"

    /// Whether it befalls planners or workers, and not the broker.
    var befallsParties: Bool {
        switch self {
        case .killPlanner, .killWorker, .killAll, .stopPlanner, .stopWorker, .cutPlanner, .cutWorker, .loseHost, .leave:
            true
        default: false
        }
    }

    /// The faults, as often as they are to come.
    static func possible(nodes: Int, hosts: Bool) -> [Fault] {
        guard !hosts else {
            return [.killPlanner, .cutPlanner, .cutWorker, .loseHost, .leave]
                + (nodes > 1 ? [.cutNode, .loseNode] : [.killBroker])
        }
        let often: [Fault] = [.killPlanner, .killWorker, .stopPlanner, .stopWorker, .cutPlanner, .cutWorker]
        let seldom: [Fault] = [.killAll, .alarm, .fullQueue, .deleteWork, .deleteInbox, .deleteFeed]
        return often + often + seldom + (nodes > 1 ? [.loseNode, .loseNode, .loseNode] : [.killBroker, .killBroker])
    }
}
