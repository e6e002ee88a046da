/// Bytes as programs and firmware print them.
public enum DumpText: String, CaseIterable, Sendable {
  case spaced, withoutZeros, marked, cArray, cString, xxdInclude, lines, plainLine, offsets, xxd
  case xxdBytes, canonical, words, octal, debugger, espressif, espressifDump, stamped, bracketed
  case base64, base64Line, base64Marked, dataURL
  case saleae, saleaeTable, decimalTable, dsView
  case sigrok, sigrokSamples, sigrokClasses, pulseView

  /// The kind that it is told as.
  public var kind: String {
    switch self {
    case .base64, .base64Line, .base64Marked, .dataURL: "base64"
    case .saleae, .saleaeTable, .decimalTable, .dsView: "csv"
    default: "hex"
    }
  }

  public func text(_ bytes: [UInt8]) -> String {
    switch self {
    case .spaced: hex(bytes).joined(separator: " ")
    case .withoutZeros:
      bytes.map { String($0, radix: 16, uppercase: true) }.joined(separator: " ") + "\r\n"
    case .marked: bytes.map { "0x\(hex($0))" }.joined(separator: ", ")
    case .cArray:
      "const uint8_t image[\(bytes.count)] = {\n"
        + rows(bytes, 12).map { "  " + $0.map { "0x\(hex($0))," }.joined(separator: " ") + "\n" }
        .joined() + "};\n"
    case .cString: "\"" + bytes.map { "\\x\(hex($0))" }.joined() + "\";\n"
    case .xxdInclude:
      "unsigned char image_jpg[] = {\n"
        + rows(bytes, 12).map { $0.map { "0x" + hex($0).lowercased() }.joined(separator: ", ") }
        .map { "  \($0)" }.joined(separator: ",\n")
        + "\n};\nunsigned int image_jpg_len = \(bytes.count);\n"
    case .lines: rows(bytes, 32).map { hex($0).joined() + "\r\n" }.joined()
    case .plainLine: hex(bytes).joined()
    case .offsets:
      rows(bytes, 16).enumerated().map { row, part in
        "\(hex8(row * 16)): \(hex(part).joined(separator: " "))\r\n"
      }.joined()
    case .xxd: addressed(bytes, group: 2, offset: { "\(hex8($0)): " })
    case .xxdBytes: addressed(bytes, group: 1, offset: { "\(hex8($0)): " })
    case .canonical: canonical(bytes)
    case .words:
      rows(bytes, 16).enumerated().map { row, part in
        hex8(row * 16).suffix(7)
          + rows(part, 2).map { pair in
            " " + (pair.count == 2 ? hex(pair[1]) : "00").lowercased() + hex(pair[0]).lowercased()
          }.joined() + "\n"
      }.joined() + hex8(bytes.count).suffix(7) + "\n"
    case .octal:
      rows(bytes, 16).enumerated().map { row, part in
        octal(row * 16) + part.map { " " + hex($0).lowercased() }.joined() + "\n"
      }.joined() + octal(bytes.count) + "\n"
    case .debugger:
      rows(bytes, 8).enumerated().map { row, part in
        "0x2000\(hex8(row * 8).suffix(4)) <image+\(row * 8)>:"
          + part.map { "\t0x" + hex($0).lowercased() }.joined() + "\n"
      }.joined()
    case .espressif:
      rows(bytes, 16).enumerated().map { row, part in
        "I (\(300 + row)) camera: " + hex(part).joined(separator: " ").lowercased() + "\r\n"
      }.joined()
    case .espressifDump:
      rows(bytes, 16).enumerated().map { row, part in
        "I (\(300 + row)) camera: 0x3ffb\(hex8(row * 16).suffix(4))   "
          + halves(part) + "  |" + characters(part) + "|\r\n"
      }.joined()
    case .stamped:
      rows(bytes, 16).map { "12:34:56.789 -> \(hex($0).joined(separator: " "))\n" }.joined()
    case .bracketed:
      rows(bytes, 16).map { "[2024-05-06 12:34:56] \(hex($0).joined(separator: " "))\r\n" }.joined()
    case .base64: rows(Array(coded(bytes).utf8), 76).map { shown($0) + "\r\n" }.joined()
    case .base64Line: coded(bytes)
    case .base64Marked:
      "START\r\n" + rows(Array(coded(bytes).utf8), 64).map { shown($0) + "\n" }.joined() + "END\r\n"
    case .dataURL: "<img src=\"data:image/jpeg;base64,\(coded(bytes))\">\n"
    case .saleae, .saleaeTable, .decimalTable, .dsView: table(bytes)
    case .sigrok: bytes.map { "uart-1: \(hex($0))\n" }.joined()
    case .sigrokSamples:
      bytes.enumerated().map { "\($0 * 868)-\($0 * 868 + 800) uart-1: \(hex($1))\n" }.joined()
    case .sigrokClasses:
      bytes.map { byte in
        "uart-1: Start bit\n"
          + (0..<8).map { "uart-1: \(byte >> UInt8($0) & 1)\n" }.joined()
          + "uart-1: \(hex(byte))\nuart-1: Stop bit\n"
      }.joined()
    case .pulseView:
      bytes.enumerated().map { "\($0 * 868)-\($0 * 868 + 800) UART: RX data: \(hex($1))\n" }
        .joined()
    }
  }

  private func table(_ bytes: [UInt8]) -> String {
    let rows = bytes.enumerated().map { index, byte in
      let time = "0.\(String(String(1_000_000_000 + index * 10_000).dropFirst()))"
      return switch self {
      case .saleaeTable: "\"Async Serial\",\"data\",\(time),0.000008,0x\(hex(byte))\n"
      case .decimalTable: "\(time),\(byte),,\r\n"
      case .dsView: "\(index),\(index * 10_000).00,\(hex(byte))\n"
      default: "\(time),0x\(hex(byte)),,\r\n"
      }
    }
    let header =
      switch self {
      case .saleaeTable: "name,type,start_time,duration,data\n"
      case .dsView: "Id,Time[ns],0:UART: RX/TX\n"
      default: "Time [s],Value,Parity Error,Framing Error\r\n"
      }
    return header + rows.joined()
  }

  private func addressed(_ bytes: [UInt8], group: Int, offset: (Int) -> String) -> String {
    let width = 16 * 2 + 16 / group - 1
    return rows(bytes, 16).enumerated().map { row, part in
      let digits = rows(part, group).map { hex($0).joined().lowercased() }.joined(separator: " ")
      let gap = String(repeating: " ", count: width - digits.count + 2)
      return offset(row * 16) + digits + gap + characters(part) + "\n"
    }.joined()
  }

  private func canonical(_ bytes: [UInt8]) -> String {
    var text = ""
    var last: [UInt8] = []
    for (row, part) in rows(bytes, 16).enumerated() {
      guard part != last else {
        if !text.hasSuffix("*\n") { text += "*\n" }
        continue
      }
      text += "\(hex8(row * 16))  \(halves(part).lowercased())  |\(characters(part))|\n"
      last = part
    }
    return text + hex8(bytes.count) + "\n"
  }

  private func halves(_ part: [UInt8]) -> String {
    [Array(part.prefix(8)), Array(part.dropFirst(8))].map { hex($0).joined(separator: " ") }
      .joined(separator: "  ")
  }

  private func characters(_ part: [UInt8]) -> String {
    shown(part.map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: ".") })
  }

  private func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private func rows(_ bytes: [UInt8], _ count: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: count).map { Array(bytes[$0...].prefix(count)) }
  }

  private func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
  }

  private func hex(_ bytes: [UInt8]) -> [String] { bytes.map { hex($0) } }

  private func hex8(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  private func octal(_ number: Int) -> String {
    let digits = String(number, radix: 8)
    return String(repeating: "0", count: max(0, 7 - digits.count)) + digits
  }

  private func coded(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for part in rows(bytes, 3) {
      let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for place in 0..<4 {
        text.append(
          place > part.count ? UInt8(ascii: "=") : digits[word >> (18 - 6 * place) & 63])
      }
    }
    return shown(text)
  }
}
