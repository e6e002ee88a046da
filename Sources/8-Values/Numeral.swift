package import Text

/// A number as its characters show it: a sign, digits, a point, and drums between two digits.
package struct Numeral: Equatable {
  /// A digit's place, from the left.
  package struct Place: Equatable {
    package var digit: Int
    /// Nil for a drum that stands still.
    package var turning: Turning?
  }

  package private(set) var isNegative = false
  package private(set) var places: [Place] = []
  /// Digits behind the printed point; nil where none is printed.
  package private(set) var decimals: Int?
  /// As it is taken: look-alikes replaced, the unit left out.
  package private(set) var text = ""
  package private(set) var confidence = 1.0

  /// Nil for characters that are no number.
  ///
  /// - Parameters:
  ///   - characters: from left to right.
  ///   - unit: may stand behind the digits.
  package init?(_ characters: [ReadCharacter], unit: String) {
    for character in characters.dropping(unit: unit) {
      confidence *= character.confidence
      if let digit = Self.digit(character) {
        places.append(Place(digit: digit.value, turning: character.turning))
        text += "\(digit.value)"
        if digit.confidence < character.confidence {
          confidence *= digit.confidence / max(character.confidence, 1e-9)
        }
        if decimals != nil { decimals? += 1 }
        continue
      }
      switch character.text {
      case ".", ",":
        guard decimals == nil else { return nil }
        decimals = 0
        text += "."
      case "+", "-":
        guard text.isEmpty else { return nil }
        isNegative = character.text == "-"
        text += character.text
      default: return nil
      }
    }
    // A point behind the last digit is dirt or a full stop.
    if decimals == 0 {
      decimals = nil
      text.removeLast()
    }
    guard !places.isEmpty, places.count <= 18 else { return nil }
  }

  /// The digit that a character is where only a digit may stand.
  private static func digit(_ character: ReadCharacter) -> (value: Int, confidence: Double)? {
    func value(_ text: String) -> Int? {
      guard let code = text.utf8.first, text.utf8.count == 1, (48...57).contains(code) else {
        return nil
      }
      return Int(code) - 48
    }
    if let digit = value(character.text) { return (digit, character.confidence) }
    // Letters of the same shape are these digits.
    switch character.text {
    case "O", "o": return (0, character.confidence)
    case "I", "l", "|": return (1, character.confidence)
    case ".", ",", "+", "-": return nil
    default: break
    }
    for other in character.alternatives {
      if let digit = value(other.text) { return (digit, other.confidence) }
    }
    return nil
  }

  /// The numbers that it may stand for, the likeliest first.
  ///
  /// - Parameters:
  ///   - digits: how many it must have; nil for any.
  ///   - decimals: how many of them are behind the point, where none is printed.
  /// - Returns: nil where there are fewer or more digits, or the point is elsewhere.
  package func numbers(digits: Int?, decimals: Int) -> [ValueNumber]? {
    if let digits, digits != places.count { return nil }
    if let printed = self.decimals, decimals > 0, printed != decimals { return nil }
    return magnitudes.compactMap { magnitude in
      ValueNumber(digits: isNegative ? -magnitude : magnitude, decimals: self.decimals ?? decimals)
    }
  }

  /// The digits as whole numbers. Drums between two digits count as the lower one, and where it is
  /// open which one a drum counts as, the other number follows.
  ///
  /// A drum moves only while the one right of it goes from 9 to 0: it counts as the digit that it
  /// comes from until that one is at 0. The last drum moves by itself.
  private var magnitudes: [Int64] {
    var number: Int64 = 0
    var others: [Int64] = []
    var unit: Int64 = 1
    // The place to the right, as it counts.
    var right: (digit: Int, isTurning: Bool, isRoundedUp: Bool)?
    for place in places.reversed() {
      let isTurning = place.turning != nil
      var digit = place.digit
      var isRoundedUp = false
      if let right {
        switch (right.digit, isTurning) {
        case (9, true): break
        case (9, false):
          // With the place to the right on its way to 0, this one must be moving too: it may
          // have been taken for the next digit already.
          if right.isTurning { others.append(-unit) }
        case (0, true) where !right.isTurning && (place.turning?.tenth ?? 0) > 5:
          digit = (digit + 1) % 10
          isRoundedUp = true
        case (_, true): others.append(unit)
        case (0, false): if right.isRoundedUp { others.append(unit) }
        default: break
        }
      }
      number += Int64(digit) * unit
      right = (digit, isTurning && !isRoundedUp, isRoundedUp)
      unit *= 10
    }
    return [number] + others.map { number + $0 }.filter { $0 >= 0 && $0 < unit }
  }
}

extension [ReadCharacter] {
  /// The characters without a unit behind them.
  fileprivate func dropping(unit: String) -> ArraySlice<ReadCharacter> {
    let letters = unit.filter { $0 != " " }.map(Numeral.plain)
    guard !letters.isEmpty, count > letters.count,
      suffix(letters.count).map({ $0.text.first.map(Numeral.plain) ?? " " }) == letters,
      // A unit that could be a digit of the number is none.
      letters.contains(where: { !$0.isNumber })
    else { return self[...] }
    return dropLast(letters.count)
  }
}

extension Numeral {
  /// A character without the height of its digit: readers take `³` for `3`.
  fileprivate static func plain(_ character: Character) -> Character {
    switch character {
    case "²": "2"
    case "³": "3"
    default: character
    }
  }
}
