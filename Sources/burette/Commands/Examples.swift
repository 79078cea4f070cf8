/// The end of a command's `--help`: what it is for in one or two sentences, and two examples.
func help(_ discussion: String, examples: String...) -> String {
    let lines = examples.map { "  \($0)" }.joined(separator: "\n")
    return (discussion.isEmpty ? "" : discussion + "\n\n") + "Examples:\n" + lines
}
