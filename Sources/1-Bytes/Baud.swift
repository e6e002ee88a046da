/// Baud rates.
public enum Baud {
  /// Rates worth asking a device for; it may still refuse. The highest is the fastest USB bridge's.
  public static let range = 50...12_000_000
}
