public import Foundation

/// The C that ships to boards.
public enum FirmwareFolder {
  public static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "firmware-proto")
}
