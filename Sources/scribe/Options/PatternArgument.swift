import ArgumentParser
import Text

/// What `--pattern` says a line looks like.
enum PatternArgument {
  /// - Throws: `ValidationError` for what is no pattern, with the place of the error.
  static func check(_ text: String) throws {
    try FreeText.check(text, of: "--pattern")
    do throws(PatternError) {
      _ = try Pattern(text)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}
