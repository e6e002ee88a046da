import Gray
import Lines

/// A way to look for lines in an image. `TextReader` uses them in this order, a later one only
/// where the earlier ones leave a doubt; leaving one out shows what it contributes.
public enum Look: String, CaseIterable, Sendable {
  /// A network that looks at the whole image.
  case finder
  /// Boxes laid over the whole of a small image, which a character or a row of them may fill.
  case grid
  /// The same boxes, for a drum that fills an image and shows half of one digit and half of the
  /// next: line readers find no digit there.
  case drum
}

/// A place where there may be a line of text.
struct Candidate {
  var line: TextLine
  /// The finder's confidence; nil where it wasn't asked.
  var score: Double?
}
