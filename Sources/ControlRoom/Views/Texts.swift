import Foundation

/// The words on the pages, by key: one file for each language.
enum Texts {
    /// The English ones.
    static let english: [String: String] = {
        // The file is a part of the program, and a test reads it.
        (try? JSONDecoder().decode([String: String].self, from: Data(PackageResources.english_json))) ?? [:]
    }()
}
