import MQTT
import MQTTTestSupport
import Testing
import Values

@Suite("Quantities and their units") struct QuantityTests {
  private func fault(_ quantity: String, _ unit: String) -> QuantityError? {
    let field = TestReports.field("x") {
      $0.quantity = quantity
      $0.unit = unit
    }
    do throws(QuantityError) {
      try QuantityError.check(field)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("water", "m³"), ("gas", "ft³"), ("energy", "kWh"), ("temperature", "°C"), ("ph", ""),
    ("pm25", "µg/m³"), ("pm25", "\u{3BC}g/m³"), ("power_factor", ""), ("humidity", "%"),
  ])
  func whatHomeAssistantTakesPasses(quantity: String, unit: String) {
    #expect(fault(quantity, unit) == nil)
  }

  @Test(arguments: [
    ("watr", "water"), ("Energy", "energy"), ("temp", "temperature"), ("watre", "water"),
  ])
  func anUnknownOneNamesTheNearest(name: String, nearest: String) {
    guard case .unknown(name, let found) = fault(name, "m³") else {
      Issue.record("\(name) is taken")
      return
    }
    // A short name may be nearer to another short one; what is told is a quantity in any case.
    #expect(name == "temp" || found == nearest)
    #expect(Quantity.table.contains { $0.name == found })
  }

  @Test(arguments: [
    ("water", "m3", "m³"), ("water", "l", "L"), ("temperature", "C", "°C"),
    ("temperature", "degF", "°F"), ("energy", "KWH", "kWh"), ("volume_flow_rate", "m3/h", "m³/h"),
  ])
  func aWrongUnitNamesTheNearest(quantity: String, unit: String, nearest: String) {
    guard case .unit(unit, quantity, nearest, _) = fault(quantity, unit) else {
      Issue.record("\(String(describing: fault(quantity, unit)))")
      return
    }
  }

  @Test func errorsSayWhatToWrite() {
    #expect(
      fault("water", "m3")?.description
        == "water isn't told in 'm3'; the nearest is 'm³', all are m³, L, gal, ft³, CCF")
    #expect(fault("humidity", "")?.description == "humidity has a unit, one of %")
    #expect(fault("ph", "%")?.description == "ph has no unit, so not '%'")
    #expect(
      fault("watr", "m³")?.description == "there is no quantity 'watr'; the nearest is 'water'")
  }

  @Test func theTableIsWhole() {
    #expect(Set(Quantity.table.map(\.name)).count == Quantity.table.count)
    for quantity in Quantity.table {
      #expect(!quantity.units.isEmpty && Set(quantity.units).count == quantity.units.count)
      // One of the two micro signs only.
      #expect(!quantity.units.joined().unicodeScalars.contains("\u{3BC}"))
      for unit in quantity.units { #expect(fault(quantity.name, unit) == nil) }
    }
  }
}
