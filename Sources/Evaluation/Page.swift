import Glibc

/// A page for people to look at: the figures, then the images that were read worst.
///
/// One file that loads nothing: pictures are embedded, and all but sorting works without scripts.
public struct Page: Sendable {
  /// The picture of an image, as the reader saw it.
  public struct Picture: Sendable, Equatable {
    /// A PNG file.
    public var png: [UInt8]

    public init(png: [UInt8]) { self.png = png }
  }

  public var title: String
  public var results: Results
  private var sections = ""
  private var shown = 0

  public init(title: String, results: Results) {
    self.title = title
    self.results = results
  }

  /// Puts an image below those already there.
  public mutating func append(_ image: EvaluatedImage, picture: Picture) {
    sections += ImageSection(image: image, picture: picture, number: shown).html
    shown += 1
  }

  /// Images in the order of a page: those with the most errors first, then those that the reader
  /// was least certain of.
  public static func worstFirst(_ images: [EvaluatedImage]) -> [EvaluatedImage] {
    func rank(_ image: EvaluatedImage) -> (Int, Double, String) {
      let sure = image.lines.compactMap(\.confidence).min() ?? 1
      return (-image.comparison.cost, sure, image.name)
    }
    return images.map { (rank($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// The whole file.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'">
    <title>\(escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(escaped(title))</h1>
    <p>\(results.overall.score.images) images, \(results.overall.score.imagesRight) read without \
    a mistake\(results.unreadable > 0 ? "; \(results.unreadable) more can't be read" : "").</p>
    </header>
    <main>
    \(figures)
    <section>
    <h2>Worst images</h2>
    \(Self.legend)
    <div id="images">
    \(sections)</div>
    </section>
    </main>
    <script>
    \(Self.script)
    </script>
    </body>
    </html>

    """
  }

  private static let legend = """
    <p class="legend">\
    <span class="key right"></span>right \
    <span class="key doubtful"></span>right, but below 60 % sure \
    <span class="key wrong"></span>wrong</p>
    <p class="legend">In the texts: <mark>taken for another</mark> <del>not read</del> \
    <ins>not there</ins>. White space does not count.</p>
    <p class="controls">
    <label><input type="checkbox" id="boxes" checked> characters read</label>
    <label class="scripted" hidden>tier <select id="tier"></select></label>
    <label class="scripted" hidden>order <select id="order">\
    <option value="number">worst first</option><option value="sure">least sure first</option>\
    <option value="name">by name</option></select></label>
    </p>
    """
}

/// Text made harmless inside HTML; characters that can't be shown become replacement characters.
func escaped(_ text: some StringProtocol) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\n", "\t": result.unicodeScalars.append(scalar)
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// `number` with `places` decimals.
package func decimal(_ number: Double, _ places: Int) -> String {
  var text = [CChar](repeating: 0, count: 400)
  let length = withVaList([CInt(places), number]) { vsnprintf(&text, text.count, "%.*f", $0) }
  return String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A share in percent.
func percent(_ share: Double, _ places: Int = 1) -> String { decimal(100 * share, places) + " %" }
