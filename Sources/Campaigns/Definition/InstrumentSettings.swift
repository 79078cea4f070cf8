/// What measures a campaign's jobs, as a campaign file or a command line says: a built-in surface, a program, a Python function, or a
/// person; and the workers that use it.
public struct InstrumentSettings: Hashable, Codable, Sendable {
    /// A built-in surface, by its name.
    public var surface: String?
    /// A command line, run for each job.
    public var exec: String?
    /// A Python function, `measure.py:measure`.
    public var python: String?
    /// Whether a person at the terminal measures; nil is no.
    public var human: Bool?
    /// A surface's measurement lasts a number of seconds drawn evenly from here.
    public var duration: ClosedRange<Double>
    /// The chance that a surface's measurement fails, for trying things out.
    public var failure: Double
    /// The standard deviation of the noise on each value of a surface.
    public var noise: Double
    /// Seconds after which a program is ended, and its job failed.
    public var timeLimit: Double?
    /// Seconds that a measurement may go on after SIGTERM; then its job is returned.
    public var stopLimit: Double?
    /// What its workers can measure; nil is everything.
    public var only: Capability?
    /// The name of its workers; with several, a number is appended.
    public var name: String?
    /// How many workers use it at once; nil is one, or three for a surface.
    public var count: Int?
    /// Whether a program or a surface is given whole batches; nil is no: then it measures one sample after another.
    public var batch: Bool?

    /// Settings of which nothing is set; without a duration a surface answers at once.
    public init(
        surface: String? = nil, duration: ClosedRange<Double> = 0...0, failure: Double = 0, noise: Double = 0
    ) {
        self.surface = surface
        self.duration = duration
        self.failure = failure
        self.noise = noise
    }

    /// How many workers use it at once.
    public var workers: Int { count ?? (surface == nil ? 1 : 3) }

    /// What a settings' key may not be, in one sentence.
    public struct Invalid: Error, Hashable, Sendable, CustomStringConvertible {
        /// The key, as the campaign file has it: `time_limit`.
        public let key: String
        /// What is wrong, and what is allowed.
        public let description: String
    }

    /// Throws ``Invalid`` for the first setting that cannot be.
    public func validate() throws(Invalid) {
        let isHuman = human == true
        guard [surface, exec, python].compactMap(\.self).count + (isHuman ? 1 : 0) == 1 else {
            throw Invalid(
                key: "surface", description: "exactly one of exec, python, human and surface says what measures")
        }
        if let exec, exec.allSatisfy(\.isWhitespace) { throw Invalid(key: "exec", description: "exec is empty") }
        if python != nil, pythonFunction == nil {
            throw Invalid(
                key: "python", description: "python is a file and a function, such as measure.py:measure")
        }
        if surface != nil || isHuman, timeLimit != nil {
            throw Invalid(key: "time_limit", description: "time_limit is for programs, with exec or python")
        }
        if let timeLimit, !(timeLimit > 0 && timeLimit <= 1e9) {
            throw Invalid(key: "time_limit", description: "time_limit is above 0 and at most 1000000000 seconds")
        }
        if let stopLimit, !(0...1e9).contains(stopLimit) {
            throw Invalid(key: "stop_limit", description: "stop_limit is 0 to 1000000000 seconds")
        }
        guard (0...1).contains(failure) else {
            throw Invalid(key: "failure", description: "failure is \(failure.shortest); it is a chance, from 0 to 1")
        }
        guard noise >= 0, noise.isFinite else {
            throw Invalid(
                key: "noise", description: "noise is \(noise.shortest); it is a standard deviation, at least 0")
        }
        if let count, !(1...10_000).contains(count) {
            throw Invalid(key: "count", description: "count is 1 to 10000")
        }
        if isHuman, let count, count != 1 {
            throw Invalid(key: "count", description: "one person is one worker: leave count out")
        }
        if batch == true, isHuman {
            throw Invalid(key: "batch", description: "batch is for programs and surfaces; a person sees whole batches")
        }
        if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") || name.utf8.count > 100 {
            throw Invalid(key: "name", description: "name has 1 to 100 bytes, no / and no . at the beginning")
        }
    }

    /// The parts of `measure.py:measure`.
    public var pythonFunction: (file: String, function: String)? {
        guard let python, let colon = python.lastIndex(of: ":") else { return nil }
        let (file, function) = (String(python[..<colon]), String(python[python.index(after: colon)...]))
        return file.isEmpty || function.isEmpty ? nil : (file, function)
    }

    private enum CodingKeys: String, CodingKey {
        case surface, exec, python, human, duration, failure, noise, only, name, count, batch
        case timeLimit = "time_limit"
        case stopLimit = "stop_limit"
    }
}
