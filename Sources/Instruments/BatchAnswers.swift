import Campaigns
import Foundation
import Synchronization
import WorkerService

/// What a program answers to a batch: a line of JSON for each sample, when it has it, in any order. Each says which sample it is about: by its job,
/// `{"job": "0007-3fa9c1.2", "yield": 0.4}`, or by its number in the question, from 1, `{"sample": 2, "yield": 0.4}`.
final class BatchAnswers: Sendable {
    private struct Place: Decodable {
        var job: String?
        var sample: Int?
    }

    private let samples: [Job]
    private let lines: FreshLines
    private let trial: FirstAnswer
    private let outcome: @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    private let state = Mutex((open: Set<JobID>(), trouble: String?.none))

    init(
        to batch: Job, in file: String, _ trial: FirstAnswer,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) {
        samples = batch.experiments
        lines = FreshLines(file)
        self.trial = trial
        self.outcome = outcome
        state.withLock { $0.open = Set(samples.map(\.id)) }
    }

    /// Takes what has come since the last time.
    func take(atEnd: Bool = false) {
        for line in lines.read(atEnd: atEnd) where !line.allSatisfy(\.isWhitespace) {
            do throws(UnreadableAnswer) {
                try take(line)
            } catch {
                state.withLock { $0.trouble = $0.trouble ?? error.failure.reason }
            }
        }
    }

    private func take(_ line: String) throws(UnreadableAnswer) {
        let place = try? JSONDecoder().decode(Place.self, from: Data(line.utf8))
        guard
            let sample = samples.enumerated().first(where: { index, sample in
                place?.job == sample.id.rawValue || place?.job == nil && place?.sample == index + 1
            })?.element
        else {
            throw UnreadableAnswer("the program printed what names no sample of the batch, \"\(line.prefix(200))\"")
        }
        guard state.withLock({ $0.open.contains(sample.id) }) else {
            throw UnreadableAnswer("the program printed two results of the sample \(sample.id)")
        }
        let result: Result<MeasurementResult, any Error>
        do {
            let answer = try ProgramAnswer(line, besides: ["job", "sample"]).result.separatingCost(of: sample)
            if let refusal = sample.refusal(of: answer), !trial.hasWorked { throw UnreadableAnswer("\(refusal)") }
            trial.works()
            result = .success(answer)
        } catch let error as UnreadableAnswer {
            guard trial.hasWorked else { throw error }
            result = .failure(error.failure)
        } catch {
            result = .failure(error)
        }
        state.withLock { _ = $0.open.remove(sample.id) }
        outcome(sample.id, result)
    }

    /// Why samples have no result after the program has ended by itself, in words; nil where all have one.
    var objection: String? {
        state.withLock { state in
            guard !state.open.isEmpty else { return nil }
            let missing = samples.map(\.id).filter(state.open.contains).map(\.rawValue).joined(separator: ", ")
            return state.trouble ?? "the program printed no result of \(missing)"
        }
    }
}
