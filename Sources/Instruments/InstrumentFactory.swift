import Campaigns
import Foundation
import WorkerService

extension InstrumentSettings {
    /// The instrument that these settings describe; `person` is one whose jobs somebody else takes, such as a desk. The durations of a
    /// surface are divided by `speed`; programs run in `directory` (nil: this process's), and what they print is kept in `folder`. Throws ``UnknownSurface``, ``InstrumentUnusable`` where a
    /// program is missing, and `FileError`.
    public func makeInstrument(
        speed: Double, in directory: String?, keeping folder: String, person: () -> any Instrument
    ) throws -> any Instrument {
        let limit = timeLimit.map { Duration.seconds($0) }
        if human == true { return person() }
        if let exec {
            try Self.requireProgram(exec, in: directory)
            return try ProgramInstrument(
                exec, limit: limit, takesBatches: batch == true, in: directory, keeping: folder)
        }
        if let (file, function) = pythonFunction {
            let path = Self.path(file, in: directory)
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw InstrumentUnusable("\(path) cannot be read: check its name and its permissions")
            }
            return try PythonInstrument(
                file: path, function: function, limit: limit, takesBatches: batch == true, keeping: folder)
        }
        return try SurfaceInstrument(self, speed: speed)
    }

    /// Throws where the first word of a command is the path of a file that is missing or not executable. What else a shell may find is seen
    /// at the first job.
    private static func requireProgram(_ command: String, in directory: String?) throws {
        let first = command.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        guard first.contains("/"), !first.contains(where: { "$`\"'*?{}()<>|&;=~".contains($0) }) else { return }
        let path = path(first, in: directory)
        guard FileManager.default.fileExists(atPath: path) else {
            throw InstrumentUnusable("there is no program \(path)")
        }
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw InstrumentUnusable("\(path) is not executable: chmod +x \(path)")
        }
    }

    private static func path(_ file: String, in directory: String?) -> String {
        guard let directory, !directory.isEmpty, !file.hasPrefix("/") else { return file }
        return (directory as NSString).appendingPathComponent(file)
    }
}
