import Foundation

/// The machine as deploy/chaos has set it up: RabbitMQ nodes, and a bridge that every party's own network hangs on.
struct Site: Sendable {
    /// The nodes as the parties reach them, and as this program does: `ADDRESS:PORT`.
    private let (far, near): ([String], [String])
    let work: String
    let bin: String
    /// Whether every node is on a host of its own, the network between hosts is a bad one, and their clocks disagree.
    let hasHosts: Bool

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let far = environment["BURETTE_CHAOS_FAR"], let near = environment["BURETTE_CHAOS_NEAR"],
            let work = environment["BURETTE_CHAOS_WORK"], let bin = environment["BURETTE_CHAOS_BIN"]
        else { throw Trouble("start this with deploy/chaos") }
        self.far = far.split(separator: " ").map(String.init)
        self.near = near.split(separator: " ").map(String.init)
        self.work = work
        self.bin = bin
        hasHosts = environment["BURETTE_CHAOS_HOSTS"] != nil
    }

    var nodes: Int { far.count }

    /// The broker as the parties see it, from their own networks.
    var broker: String { Self.broker(far) + "?heartbeat=2" }
    /// The broker as this program sees it.
    var nearBroker: String { Self.broker(near) }

    private static func broker(_ nodes: [String]) -> String { "amqp://guest:guest@" + nodes.joined(separator: ",") }

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
        guard hasHosts else { return }
        // 20 ms and 1 % loss; a kernel without netem has the loss, and the delay of a slow line.
        try shell(
            """
            ip netns exec party\(number) tc qdisc add dev in\(number) root netem delay 20ms 5ms loss 1% 2>/dev/null || {
              ip netns exec party\(number) tc qdisc add dev in\(number) root tbf rate 4mbit burst 8kb latency 200ms
              ip netns exec party\(number) iptables -A INPUT -m statistic --mode random --probability 0.01 -j DROP
            }
            """)
    }

    /// From here on a party's packets are dropped without a word, or arrive again.
    func setNetwork(_ number: Int, up: Bool) throws { try shell("ip link set out\(number) \(up ? "up" : "down")") }

    /// A party's clock, minutes apart from the others' where there are hosts: variables of its environment.
    func clock(of number: Int) -> [String: String] {
        guard hasHosts, let library = ProcessInfo.processInfo.environment["BURETTE_CHAOS_FAKETIME"] else { return [:] }
        // Ahead only: behind the kernel's clock, libfaketime also delays what waits for a while.
        return ["LD_PRELOAD": library, "FAKETIME": "+\((number * 97) % 600)s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"]
    }

    // MARK: Nodes

    /// From here on a node's packets are dropped without a word, or arrive again: those of its clients, and those of the other nodes.
    func setNode(_ index: Int, up: Bool) throws { try shell("ip link set outnode\(index + 1) \(up ? "up" : "down")") }

    /// What runs a program on a node's host.
    private func onHost(_ index: Int) -> String { hasHosts ? "ip netns exec node\(index + 1)" : "" }

    func killNode(_ index: Int) throws { try shell("pkill -9 -f 'home \(work)/nod[e]\(index + 1) '") }

    /// Foundation waits for whoever has inherited its descriptors: the node must not.
    func startNode(_ index: Int) throws {
        try shell(
            """
            cd '\(work)'; DEPLOY=.; . '\(lib)'
            (for file in /proc/$BASHPID/fd/*; do n=${file##*/}; [ "$n" -le 2 ] || eval "exec $n>&-"; done
             export -f run_node say die; \(onHost(index)) bash -c "run_node '\(work)/node\(index + 1)'")
            """)
    }

    func control(_ words: String, node: Int = 0) throws {
        try shell(
            ". '\(work)/node\(node + 1)/env'; \(onHost(node)) '\(work)/node\(node + 1)/rabbitmqctl' --quiet \(words)")
    }

    private var lib: String { FileManager.default.currentDirectoryPath + "/deploy/lib.sh" }
}

struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
