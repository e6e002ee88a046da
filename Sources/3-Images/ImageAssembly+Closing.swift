import Packets

/// The end of an image.
extension ImageAssembly {
  enum Closing {
    /// Nothing to show; the bytes that are held count as dropped for the cause, if there are any.
    case lost(DropCause?, ImageLoss)
    /// `kept` counts the bytes that became the image; the next image may refer to `reference`.
    case image(
      CapturedImage, damage: [ImageDamage], kept: Int, reference: ReferenceImage?)
  }

  /// The result of closing the image with its END, or without one.
  func closed(by end: ImageEnd?) -> Closing {
    if let end {
      if end.isAborted { return .lost(.abortedImage, .abortedByBoard) }
      if end.layout != layout { return .lost(.incompleteImage, .staleDescriptor) }
    }
    switch content {
    case .rejected(_, let loss): return .lost(nil, loss)
    case .pixels(let format): return closedPixels(format, end)
    case .jpeg: return closedJPEG(end)
    }
  }

  private func closedPixels(_ format: PixelFormat, _ end: ImageEnd?) -> Closing {
    guard pixels.bytesPresent > 0 else {
      let isBad = slices.map { $0.badSlices > 0 } ?? false
      return .lost(.incompleteImage, isBad ? .undecodable : .onLink)
    }
    var pixels = pixels
    pixels.join()
    var damage: [ImageDamage] = []
    var isWrong = false
    let (payload, missing) = pixels.finished(format: format)
    let captured = image(format: format, payload: payload, missing: missing)
    if !missing.isEmpty {
      damage.append(.missingRows(captured.missingRows.reduce(0) { $0 + $1.count }))
    }
    if let end {
      let computed = pixels.isComplete ? pixels.checksum : end.checksum
      if computed != end.checksum {
        damage.append(.checksumMismatch(declared: end.checksum, computed: computed))
        isWrong = true
      }
    } else {
      damage.append(.endLost)
      if begin == nil { damage.append(.layoutUnproven) }
    }
    let reference =
      slices != nil && !isWrong
      ? ReferenceImage(number: number, layout: layout, pixels: pixels) : nil
    return .image(captured, damage: damage, kept: keptBytes, reference: reference)
  }

  private func closedJPEG(_ end: ImageEnd?) -> Closing {
    let isWhole = end.map { chunks.isComplete(of: Int($0.sliceCount)) } ?? chunks.isComplete
    guard isWhole else {
      return .lost(.incompleteImage, chunks.isEmpty ? .onLink : .incomplete)
    }
    if let end {
      guard end.checksum == chunks.checksum, Int(end.payloadLength) == chunks.payload.count else {
        return .lost(.incompleteImage, .checksumMismatch)
      }
    }
    guard chunks.isJPEG else { return .lost(.badJPEG, .badJPEG) }
    return .image(
      image(format: .jpeg, payload: ImagePayload(chunks.payload), missing: []),
      damage: end == nil ? [.endLost] : [], kept: pendingBytes, reference: nil)
  }
}
