import FirmwareProto

extension LinkEncoder {
  /// Tells how the board fares, as firmware does now and then: LOG, STATS, and a PING for the host
  /// to answer.
  ///
  /// - Parameters:
  ///   - milliseconds: the board's clock.
  ///   - accepts: whether the board can do what the host asks for.
  ///   - wire: where packets go, and where the host is heard.
  mutating func report(
    milliseconds: UInt64, accepts: @escaping (scribe_request) -> Bool, to wire: BoardWire
  ) {
    let uptime = UInt32(truncatingIfNeeded: milliseconds)
    withWire(wire, accepts: accepts) { encoder, host in
      scribe_host_answer(host)
      _ = scribe_log(encoder, "\(encoder.pointee.images_sent) images sent")
      _ = scribe_stats(encoder, uptime)
      return scribe_ping(encoder, uptime)
    }
  }
}
