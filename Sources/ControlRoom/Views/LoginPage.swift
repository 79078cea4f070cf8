/// Where somebody logs in.
struct LoginPage: Sendable {
    let frame: Frame
    let t = Texts.english
    let name: String
    /// Where it goes on afterwards.
    let next: String
    let problem: String?

    init(name: String, next: String, problem: String?, _ reader: Reader) {
        frame = Frame(title: Texts.english["logIn"] ?? "", reader: reader)
        (self.name, self.next, self.problem) = (name, next, problem)
    }
}
