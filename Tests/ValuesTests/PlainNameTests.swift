import Testing
import Values

struct PlainNameTests {
  @Test(arguments: ["counter", "T-1_b", String(repeating: "a", count: 64), "State"])
  func theseMayBeFields(name: String) { #expect(PlainName.isField(name)) }

  @Test(arguments: ["", "a/b", "a+", "#", "zähler", "a b", String(repeating: "a", count: 65)])
  func theseAreNoNames(name: String) { #expect(!PlainName.isValid(name)) }

  @Test(arguments: ["state", "status", "text"])
  func theseAreNamesOfCamerasAlone(name: String) {
    #expect(PlainName.isValid(name) && !PlainName.isField(name))
  }
}
