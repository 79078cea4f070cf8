import Foundation

/// The machine as deploy/chaos has set it up: RabbitMQ nodes, and a bridge that every party's own network hangs on.
struct Site: Sendable {
    let ports: [Int]
    let work: String
    let bin: String

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let ports = environment["BURETTE_CHAOS_PORTS"], let work = environment["BURETTE_CHAOS_WORK"],
            let bin = environment["BURETTE_CHAOS_BIN"]
        else { throw Trouble("start this with deploy/chaos") }
        self.ports = ports.split(separator: " ").compactMap { Int($0) }
        self.work = work
        self.bin = bin
    }

    /// The broker as the parties see it, from their own networks.
    var broker: String { broker("10.9.0.1") + "?heartbeat=2" }
    /// The broker as this program sees it.
    var near: String { broker("127.0.0.1") }

    private func broker(_ host: String) -> String {
        "amqp://guest:guest@" + ports.map { "\(host):\($0)" }.joined(separator: ",")
    }

    /// Runs a line of shell; throws when it fails.
    func shell(_ line: String) throws {
        let log = "\(work)/shell.log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", line]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = process.standardOutput
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus != 0 else { return }
        throw Trouble("\(line): \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }

    /// A network of its own for a party, on the bridge.
    func makeNetwork(_ number: Int) throws {
        try shell(
            """
            set -e; ip netns add party\(number); ip link add out\(number) type veth peer name in\(number)
            ip link set in\(number) netns party\(number); ip link set out\(number) master bridge; ip link set out\(number) up
            ip netns exec party\(number) ip addr add 10.9.0.\(10 + number)/24 dev in\(number)
            ip netns exec party\(number) ip link set in\(number) up; ip netns exec party\(number) ip link set lo up
            """)
    }

    /// From here on a party's packets are dropped without a word, or arrive again.
    func setNetwork(_ number: Int, up: Bool) throws { try shell("ip link set out\(number) \(up ? "up" : "down")") }

    // MARK: Nodes

    func killNode(_ index: Int) throws { try shell("pkill -9 -f 'home \(work)/nod[e]\(index + 1) '") }

    /// Foundation waits for whoever has inherited its descriptors: the node must not.
    func startNode(_ index: Int) throws {
        try shell(
            """
            cd '\(work)'; DEPLOY=.; . '\(lib)'
            (for file in /proc/$BASHPID/fd/*; do n=${file##*/}; [ "$n" -le 2 ] || eval "exec $n>&-"; done
             run_node '\(work)/node\(index + 1)')
            """)
    }

    func control(_ words: String, node: Int = 0) throws {
        try shell(". '\(work)/node\(node + 1)/env'; /usr/lib/rabbitmq/bin/rabbitmqctl --quiet \(words)")
    }

    private var lib: String { FileManager.default.currentDirectoryPath + "/deploy/lib.sh" }
}

struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
