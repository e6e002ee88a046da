import Gray
import Lines

/// A way to look for lines in an image. `TextReader` takes them in this order, and the later one only
/// where the earlier leaves a doubt; leaving one out says what it is worth.
public enum Look: String, CaseIterable, Sendable {
  /// A network that looks at the whole image.
  case finder
  /// Boxes laid over the whole of a small image, which a character or a row of them may fill.
  case grid
  /// The same boxes, for half of one digit and half of the next on a drum that fills an image: to
  /// readers of lines these are none.
  case drum
}

/// A place where there may be a line of text.
struct Candidate {
  var line: TextLine
  /// How sure the finder is, nil where it wasn't asked.
  var score: Double?
}
