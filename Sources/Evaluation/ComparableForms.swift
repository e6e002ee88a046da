// Written by scripts/characters from characters.json.

/// What is compared as one.
enum ComparableForms {
  /// Typographic forms, and forms as wide as ideographs, that other programs write for ASCII.
  static let forms: [Unicode.Scalar: String] = [
    "‘": "'", "’": "'", "´": "'", "“": "\"", "”": "\"", "„": "\"", "–": "-", "—": "-", "−": "-",
    "‐": "-", "￥": "$", "。": ".", "ﬁ": "fi", "ﬂ": "fl", "…": "...", "：": ":", "（": "(", "）": ")",
    "，": ",", "．": ".", "！": "!", "？": "?", "；": ";", "＃": "#", "％": "%", "＆": "&", "＋": "+",
    "＝": "=", "＠": "@", "［": "[", "］": "]", "｛": "{", "｝": "}", "～": "~",
  ]

  /// Characters that many fonts draw alike.
  static let drawnAlike: [Unicode.Scalar: Unicode.Scalar] = [
    "I": "l", "|": "l", "O": "o", "0": "o", "C": "c", "S": "s", "V": "v", "W": "w", "X": "x",
    "Z": "z", "U": "u", "K": "k", "P": "p", "`": "'",
  ]
}
