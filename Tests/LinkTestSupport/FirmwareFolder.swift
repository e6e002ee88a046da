public import Foundation

/// The folder of the C code that ships to boards.
public enum FirmwareFolder {
  public static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "firmware-proto")
}
