import ServiceRuntime

/// Work where it stands: in virtual time it takes none.
package struct InPlace: Offloading {
    package init() {}

    package func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try work()
    }
}
