public import Images

extension JSONLine {
  /// A box as `{"x","y","width","height"}`.
  public mutating func value(_ box: PixelBox) {
    object {
      $0.member("x", box.x)
      $0.member("y", box.y)
      $0.member("width", box.width)
      $0.member("height", box.height)
    }
  }
}
