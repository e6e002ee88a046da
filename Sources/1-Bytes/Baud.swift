/// Line rates.
public enum Baud {
  /// What is worth asking a device for; it may still refuse. The top is the fastest USB bridge.
  public static let range = 50...12_000_000
}
