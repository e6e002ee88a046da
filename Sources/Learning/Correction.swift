package import Evaluation
package import Gray
package import Images

/// A picture and what it really says.
package struct Correction: Sendable {
  package let name: String
  /// Upright.
  package let picture: GrayImage
  package let lines: [Line]

  /// A true line, and its place in the picture if that is known.
  package struct Line: Sendable, Equatable {
    package let text: String
    package let box: PixelBox?

    package init(text: String, box: PixelBox? = nil) {
      (self.text, self.box) = (text, box)
    }
  }

  package init(name: String, picture: GrayImage, lines: [Line]) {
    (self.name, self.picture, self.lines) = (name, picture, lines)
  }

  /// A picture as it came, with a truth whose boxes are in its pixels, turned upright by its camera's
  /// mount. The page of `scribe live` keeps the boxes of several lines in a file of details.
  package init(
    name: String, truth: Truth, details: ImageDetails? = nil, image: DecodedImage,
    mount: Mount
  ) {
    let texts = truth.text.split(whereSeparator: \.isNewline).map(String.init)
    let places = details?.places ?? []
    let lines =
      truth.lines?.map { Line(text: $0.text, box: $0.place) }
      ?? (places.map(\.text) == texts
        ? places.map { Line(text: $0.text, box: $0.box) } : texts.map { Line(text: $0) })
    // One line fills the only box that there is.
    let only = lines.count == 1 ? truth.box.flatMap(PixelBox.init) : nil
    let upright = mount.isSideways ? (image.height, image.width) : (image.width, image.height)
    self.init(
      name: name, picture: image.gray.uprighted(from: mount),
      lines: lines.map { line in
        let sent = line.box ?? only
        let box = sent.map { mount.inverse.sent($0, width: upright.0, height: upright.1) }
        return Line(text: line.text, box: box?.reduced(by: 1 << image.halvings))
      })
  }
}

extension PixelBox {
  fileprivate func reduced(by factor: Int) -> PixelBox {
    PixelBox(
      x: x / factor, y: y / factor, width: max(1, width / factor), height: max(1, height / factor))
  }
}

/// Something of the corrections that can't be learned from.
package enum Doubt: Sendable, Equatable, CustomStringConvertible {
  case noText(picture: String)
  case unknownCharacter(picture: String, character: String, network: String)
  case notFound(picture: String, text: String)
  /// More characters than the line has columns.
  case tooNarrow(picture: String, text: String)

  package var description: String {
    switch self {
    case .noText(let picture): "\(picture): no text is given"
    case .unknownCharacter(let picture, let character, let network):
      "\(picture): \(network) doesn't know \(character.debugDescription); the line is left out"
    case .notFound(let picture, let text):
      "\(picture): no line was found for \(text.debugDescription); a box would tell its place"
    case .tooNarrow(let picture, let text):
      "\(picture): \(text.debugDescription) has more characters than fit the line that was found"
    }
  }
}
