/// The facts that an interface description tells about its packets.
struct PcapngInterface: Sendable {
  /// The direction of its bytes; nil where it holds no raw bytes, and its packets are skipped.
  var direction: RecordedDirection?
  /// Whether its packets repeat what the raw bytes hold.
  var isOfPackets = false
  /// The raw `if_tsresol`; the specification's default is microseconds.
  var resolution: UInt8 = 6
  var offsetSeconds: Int64 = 0
  /// The link type of its packets.
  var link: LinkType
  /// The most bytes that are kept of a packet; 0 for all.
  var limit: UInt32 = 0
  /// Whether its name tells which way its bytes went.
  var isNamed = false

  init(direction: RecordedDirection?, link: LinkType = LinkType(Pcapng.rawLinkType)) {
    self.direction = direction
    self.link = link
  }

  /// The interfaces that SerialScribe writes, for a file whose start is damaged.
  static let assumed: [PcapngInterface] = (RecordedDirection.allCases + [nil]).map {
    var interface = PcapngInterface(direction: $0)
    interface.isOfPackets = $0 == nil
    interface.isNamed = true
    interface.resolution = 9
    return interface
  }

  /// Ticks as nanoseconds since 1970, clamped to the range of the type.
  func nanoseconds(_ ticks: UInt64) -> UInt64 {
    let (seconds, rest): (UInt64, UInt64)
    let exponent = resolution & 0x7f
    if resolution & 0x80 != 0 {
      guard exponent < 64 else { return 0 }
      seconds = ticks >> UInt64(exponent)
      let fraction = ticks & ((1 << UInt64(exponent)) - 1)
      let product = fraction.multipliedFullWidth(by: 1_000_000_000)
      rest =
        exponent == 0
        ? 0 : product.high << (64 - UInt64(exponent)) | product.low >> UInt64(exponent)
    } else {
      guard exponent < 20 else { return 0 }
      let perSecond = (0..<exponent).reduce(UInt64(1)) { power, _ in power * 10 }
      seconds = ticks / perSecond
      // Cannot overflow: the remainder is below the divisor.
      let product = (ticks % perSecond).multipliedFullWidth(by: 1_000_000_000)
      rest = perSecond.dividingFullWidth(product).quotient
    }
    let (shifted, overflow) = Int64(clamping: seconds).addingReportingOverflow(offsetSeconds)
    guard !overflow, shifted >= 0 else { return 0 }
    let (product, tooLate) = UInt64(shifted).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = product.addingReportingOverflow(rest)
    return tooLate || carried ? .max : sum
  }
}
