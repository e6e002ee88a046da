/// A way to look for lines in an image. `TextReader` takes them in this order, and the later ones
/// only where the earlier ones leave a doubt; leaving one out says what it is worth.
public enum Look: String, CaseIterable, Sendable {
  /// A network that looks at the whole image.
  case finder
  /// Boxes laid over the whole of a small image, which a character or a row of them may fill.
  case grid
  /// Pieces of ink that stand side by side.
  case pieces
}
