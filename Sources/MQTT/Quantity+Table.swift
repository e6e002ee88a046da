extension Quantity {
  /// All quantities.
  package static let table: [Quantity] = [
    measured("apparent_power", "mVA", "VA", "kVA"),
    measured("aqi", ""),
    any("area", "m²", "cm²", "km²", "mm²", "in²", "ft²", "yd²", "mi²", "ac", "ha"),
    measured("atmospheric_pressure", pressures),
    measured("battery", "%"),
    measured("blood_glucose_concentration", "mg/dL", "mmol/L"),
    measured("carbon_dioxide", "ppm"),
    measured("carbon_monoxide", "ppm", "mg/m³", "µg/m³"),
    measured("conductivity", "S/cm", "mS/cm", "µS/cm"),
    measured("current", "A", "mA"),
    measured(
      "data_rate", "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "B/s", "kB/s", "MB/s", "GB/s", "KiB/s",
      "MiB/s", "GiB/s"),
    any(
      "data_size", "bit", "kbit", "Mbit", "Gbit", "B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB",
      "TiB"),
    any("distance", "km", "m", "cm", "mm", "mi", "nmi", "yd", "ft", "in"),
    any("duration", "d", "h", "min", "s", "ms", "µs"),
    counted("energy", energies),
    measured("energy_distance", "kWh/100km", "Wh/km", "mi/kWh", "km/kWh"),
    measured("energy_storage", energies),
    measured("frequency", "Hz", "kHz", "MHz", "GHz"),
    counted("gas", "m³", "ft³", "CCF", "MCF", "L"),
    measured("humidity", "%"),
    measured("illuminance", "lx"),
    measured("irradiance", "W/m²", "BTU/(h⋅ft²)"),
    measured("moisture", "%"),
    measured("nitrogen_dioxide", "µg/m³"),
    measured("nitrogen_monoxide", "µg/m³"),
    measured("nitrous_oxide", "µg/m³"),
    measured("ozone", "µg/m³"),
    measured("ph", ""),
    measured("pm1", "µg/m³"),
    measured("pm10", "µg/m³"),
    measured("pm25", "µg/m³"),
    measured("power", "W", "mW", "kW", "MW", "GW", "TW"),
    measured("power_factor", "%", ""),
    any("precipitation", "mm", "cm", "in"),
    measured("precipitation_intensity", fluxes),
    measured("pressure", pressures),
    counted("reactive_energy", "varh", "kvarh"),
    measured("reactive_power", "var", "kvar"),
    measured("signal_strength", "dBm", "dB"),
    measured("sound_pressure", "dB", "dBA"),
    measured("speed", speeds + fluxes),
    measured("sulphur_dioxide", "µg/m³"),
    measured("temperature", "°C", "°F", "K"),
    measured("volatile_organic_compounds", "µg/m³", "mg/m³"),
    measured("volatile_organic_compounds_parts", "ppm", "ppb"),
    measured("voltage", "V", "mV", "µV", "kV", "MV"),
    counted("volume", volumes),
    measured(
      "volume_flow_rate", "m³/h", "m³/s", "ft³/min", "L/h", "L/min", "L/s", "gal/min", "mL/s"),
    measured("volume_storage", volumes),
    counted("water", "m³", "L", "gal", "ft³", "CCF"),
    any("weight", "kg", "g", "mg", "µg", "oz", "lb", "st"),
    Quantity(name: "wind_direction", units: ["°"], statistics: []),
    measured("wind_speed", speeds),
  ]

  private static let energies = [
    "kWh", "Wh", "MWh", "GWh", "TWh", "mWh", "J", "kJ", "MJ", "GJ", "cal", "kcal", "Mcal", "Gcal",
  ]
  private static let pressures = [
    "bar", "mbar", "cbar", "Pa", "hPa", "kPa", "mmHg", "inHg", "psi",
  ]
  private static let volumes = ["m³", "L", "mL", "gal", "fl. oz.", "ft³", "CCF"]
  private static let speeds = ["km/h", "m/s", "mm/s", "mph", "ft/s", "in/s", "kn", "Beaufort"]
  private static let fluxes = ["mm/h", "mm/d", "in/h", "in/d"]

  /// What rises and falls.
  private static func measured(_ name: String, _ units: String...) -> Quantity {
    measured(name, units)
  }

  private static func measured(_ name: String, _ units: [String]) -> Quantity {
    Quantity(name: name, units: units, statistics: [.measurement])
  }

  /// What a meter adds up.
  private static func counted(_ name: String, _ units: String...) -> Quantity {
    counted(name, units)
  }

  private static func counted(_ name: String, _ units: [String]) -> Quantity {
    Quantity(name: name, units: units, statistics: [.total, .totalIncreasing])
  }

  private static func any(_ name: String, _ units: String...) -> Quantity {
    Quantity(name: name, units: units, statistics: [.measurement, .total, .totalIncreasing])
  }
}
