import Campaigns
import Testing

@Suite("A number that a person types")
struct TypedNumberTests {
    @Test(
        "is read with a decimal point or a decimal comma, with or without its unit",
        arguments: [
            ("12.5", 12.5), ("12,5", 12.5), (" 0,5 g ", 0.5), ("0,500", 0.5), ("-0,125", -0.125), ("1500,25", 1500.25),
            ("3", 3),
            ("1.2e-3", 0.0012), ("1,2e-3", 0.0012), ("1E3 g", 1000), ("\u{2212}7", -7), ("+4", 4), ("1.500", 1.5),
            (".5", 0.5),
            ("12.5g", 12.5), ("1234,567", 1234.567),
        ])
    func understood(text: String, value: Double) throws {
        #expect(try TypedNumber.read(text, unit: "g") == value)
    }

    @Test(
        "is refused in words where it can be read in two ways, or is none",
        arguments: [
            ("1,500", "1.500 or 1500"), ("12,345", "12.345 or 12345"), ("1,234.5", "several ways"),
            ("1.234,5", "several ways"),
            ("1,2,3", "several ways"), ("12 mg", "in g, not in mg"), ("12,5 mg", "in g, not in mg"),
            ("inf", "not a number"),
            ("nan", "not a number"), ("0x10", "not"), ("", "not a number"), ("twelve", "not a number"),
            ("1 500", "several ways"),
            ("1e999", "no finite number"), ("-", "not a number"), (",", "not a number"), ("1.2.3", "not a number"),
        ])
    func refused(text: String, reason: String) throws {
        let error = #expect(throws: TypedNumber.Unclear.self) { try TypedNumber.read(text, unit: "g") }
        #expect(error?.description.contains(reason) == true, "\(text): \(error?.description ?? "")")
    }
}
