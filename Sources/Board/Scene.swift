/// The scene before the camera: a printed sheet.
public struct Scene: Sendable, Equatable {
  public var sheet: TypeSheet
  /// Whether ink is light on dark paper, as on a display.
  public var lightOnDark: Bool

  public init(sheet: TypeSheet, lightOnDark: Bool = false) {
    self.sheet = sheet
    self.lightOnDark = lightOnDark
  }
}
