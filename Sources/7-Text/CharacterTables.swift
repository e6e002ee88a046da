// Written by scripts/characters from characters.json.

/// Tables of characters that boards and scripts share.
enum CharacterTables {
  /// Read beside ASCII.
  static let signs = "°µΩ€£±²³×"

  /// Groups of characters that look so much alike that one patch can't tell them apart.
  static let sameShape = [
    "O0oQD", "I1l|i!", "cC(", "sS5", "vVyY", "wW", "xX", "zZ2", "uU", "pP", "kK", "mM", "jJ", "tT+",
    "8B", "gq9", "6b", "fF", "',`", "-_~", ".,", ":;", "[(", "])", "°o0", "µu", "2²", "3³", "x×",
    "+±", "{(", "})",
  ]

  /// Characters whose height is a capital's, and an x's, in any font.
  static let surelyTall = "ABDEFGHLMNQRT23456789bdhkflt"
  static let surelyLow = "aemnr"
  /// Characters whose height tells them from another of their shape.
  static let tallInDoubt = "COSVWXZUKPI01J"
  static let lowInDoubt = "cosvwxzu"
  /// Marks that letters are easily taken for, and that seldom touch any.
  static let rare = "|!()[]{}<>\\`^~"
  /// The x-height of most fonts, as a share of their capitals.
  static let usualXHeight = 0.72
}
