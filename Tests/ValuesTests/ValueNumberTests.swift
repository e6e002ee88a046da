import Testing
import Values

struct ValueNumberTests {
  @Test(arguments: [
    (12_345, 3, "12.345"), (5, 2, "0.05"), (-5, 1, "-0.5"), (0, 0, "0"), (-120, 0, "-120"),
    (Int64.max, 18, "9.223372036854775807"),
  ])
  func allDecimalsAreWritten(digits: Int64, decimals: Int, text: String) throws {
    #expect(try #require(ValueNumber(digits: digits, decimals: decimals)).description == text)
  }

  @Test func numbersOfDifferentDecimalsCompare() throws {
    let half = try #require(ValueNumber(digits: 5, decimals: 1))
    let third = try #require(ValueNumber(digits: 333, decimals: 3))
    #expect(third < half)
    #expect(ValueNumber(digits: 1, decimals: 19) == nil)
  }
}
