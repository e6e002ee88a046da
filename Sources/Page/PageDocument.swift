/// The page: one HTML file with its style and script in it, made of the files in `Resources`.
package struct PageDocument: Sendable {
  /// The scripts, in the order in which they stand in the page: a later one may use an earlier one.
  private static let scripts = [
    PackageResources.texts_js, PackageResources.elements_js, PackageResources.api_js,
    PackageResources.focus_js, PackageResources.plot_js, PackageResources.picture_js,
    PackageResources.readings_js, PackageResources.correction_js, PackageResources.fields_js,
    PackageResources.settings_js, PackageResources.camera_js, PackageResources.page_js,
  ]

  package static let openAPI = text(PackageResources.openapi_json)

  /// The parts of the page between which the nonce stands.
  private let parts: [Substring]

  init() {
    let style = Self.text(PackageResources.page_css)
    let script = Self.scripts.map(Self.text).joined(separator: "\n")
    parts = Self.text(PackageResources.page_html)
      .replacing("{{style}}", with: style).replacing("{{script}}", with: script)
      .split(separator: "{{nonce}}", omittingEmptySubsequences: false)
  }

  /// The page; `nonce` is what the browser is told to trust.
  func html(nonce: String) -> String { parts.joined(separator: nonce) }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
