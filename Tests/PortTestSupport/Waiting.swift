/// Waits until `condition` holds.
///
/// - Returns: false after ten minutes: anything that takes so long hangs, on any machine.
public func waits(for condition: () -> Bool) async -> Bool {
  let clock = ContinuousClock()
  let end = clock.now + .seconds(600)
  while !condition() {
    guard clock.now < end else { return condition() }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return true
}
