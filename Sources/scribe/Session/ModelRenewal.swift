import FoundationEssentials
import Learning
import Sinks

/// Takes up models that are taught while images are read.
struct ModelRenewal: Sendable {
  /// The folder of the models.
  let folder: String
  let reading: ReaderOptions
  let isFused: Bool

  /// Time between two looks at the folder.
  private static let pause = Duration.milliseconds(500)

  /// Looks at the folder until the task is cancelled.
  func start(_ reader: SharedReader, _ display: StatusDisplay) -> Task<Void, Never> {
    let first = stamp
    return Task.detached {
      var known = first
      while (try? await Task.sleep(for: Self.pause)) != nil {
        let now = stamp
        guard now != known else { continue }
        known = now
        do {
          try reader.replace(make: try await reading.maker(isFused: isFused))
          display.message("reading with the models that \(folder) has now")
        } catch {
          display.message(
            "the models of \(folder) stay as they were: \(error)", style: .yellow)
        }
      }
    }
  }

  /// The record's time and number of file, which each set has its own of.
  private var stamp: [String] {
    let record = URL(filePath: folder).appending(path: TaughtSet.record).path
    let attributes = (try? FileManager.default.attributesOfItem(atPath: record)) ?? [:]
    return [FileAttributeKey.modificationDate, .systemFileNumber].map {
      "\(attributes[$0] as Any? ?? "")"
    }
  }
}
