import Dispatch
import Synchronization

extension Array where Element: Sendable {
    /// The elements transformed, on all cores at once: for what takes tenths of a millisecond each. The same as `map`, to the last bit.
    public func inParallel<Result: Sendable>(_ transform: @Sendable (Element) -> Result) -> [Result] {
        guard count > 1 else { return map(transform) }
        let results = Mutex([Result?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = transform(self[index])
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0.compactMap(\.self) }
    }
}
