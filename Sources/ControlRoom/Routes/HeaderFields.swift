import HTTPTypes

extension HTTPFields {
    /// A field that the library has no constant for, by its name.
    subscript(field name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set {
            if let name = HTTPField.Name(name) { self[name] = newValue }
        }
    }
}
