import ArgumentParser
import Bytes
import Sinks

/// Lists the serial ports of this machine.
struct PortsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ports",
    abstract: "List the serial ports of this machine.",
    discussion: """
      Shows real ports, bound Bluetooth ports, paired Bluetooth devices, and the name under \
      /dev/serial/by-id that stays the same when the number changes. Pseudo-terminals are not \
      listed; nor are paired devices without 'bluetoothctl', which comes with BlueZ.

      Examples:
        scribe ports
        scribe ports --json | jq -r .port
            one line of JSON a port
      """)

  @Flag(help: "One line of JSON a port.")
  var json = false

  func run() throws {
    let display = StatusDisplay()
    let ports = listPorts() + pairedPorts()
    do {
      if json {
        for port in ports { try TextOutput.standard.write(port.json + "\n") }
      } else if ports.isEmpty {
        display.message(
          bluetoothAdapters().isEmpty
            ? "No serial ports, and no Bluetooth adapter. Plug the board in."
            : "No serial ports. Plug the board in, or pair its HC-05 with 'bluetoothctl pair ADDRESS'."
        )
      } else {
        try TextOutput.standard.write(table(ports))
      }
    } catch {
      throw fail(display, error)
    }
  }

  private func table(_ ports: [PortDescription]) -> String {
    let rows = ports.map { port in
      [
        port.path, port.transport.rawValue, port.usbID ?? port.bluetoothAddress ?? "-",
        port.description.isEmpty ? "-" : port.description, port.stablePath ?? "",
      ].map { Terminal.escaped($0) }
    }
    let heads = ["PORT", "KIND", "ID", "DESCRIPTION", "STABLE NAME"]
    let widths = heads.indices.map { column in
      ([heads] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([heads] + rows).map { row in
      var line = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

extension PortDescription {
  /// The vendor and product as `10c4:ea60`.
  fileprivate var usbID: String? {
    guard let vendorID, let productID else { return nil }
    return [vendorID, productID].map { number in
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }.joined(separator: ":")
  }

  /// All that is known about the port; null for unknown values.
  fileprivate var json: String {
    var line = JSONLine()
    line.object { line in
      func member(_ name: String, _ value: String?, _ line: inout JSONLine) {
        line.key(name)
        if let value { line.value(value) } else { line.null() }
      }
      line.member("port", path)
      line.member("description", description)
      line.member("transport", transport.rawValue)
      member("stablePath", stablePath, &line)
      member("usb", usbID, &line)
      member("manufacturer", manufacturer, &line)
      member("product", product, &line)
      member("serialNumber", serialNumber, &line)
      member("bluetoothAddress", bluetoothAddress, &line)
    }
    return line.text
  }
}
