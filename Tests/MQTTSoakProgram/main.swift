import Foundation
import MQTT
import MQTTTestSupport
let a = CommandLine.arguments
if a[1] == "http" {
  let l = try TestListener()
  var b = BrokerChoice(address: BrokerAddress(host: "127.0.0.1", port: l.port))
  b.quality = .atMostOnce
  let p = try Publisher(CameraIdentity(name: "x", software: "1"), to: b) { print($0) }
  p.start()
  l.answer(Array(("HTTP/1.1 400 Bad Request\r\n" + String(repeating: "<p>this is a web server</p>", count: 20)).utf8))
  try await Task.sleep(for: .seconds(3))
} else {
  let folder = URL(filePath: "/tmp/dbg-\(a[1])")
  let files = try await TestCertificates(in: folder)
  try await files.make("good", host: "localhost")
  let broker = try await TestBroker("allow_anonymous true\n" + (a[1] == "plain" ? "" : "cafile FOLDER/ca.crt\ncertfile FOLDER/good.crt\nkeyfile FOLDER/good.key"), in: folder)
  var b = BrokerChoice(address: BrokerAddress(host: "localhost", port: broker.port, usesTLS: a[1] != "tls"))
  if a[1] == "any" { b.certificates.trustsAnybody = true }
  if a[1] == "plain" { b.certificates.authorities = files.path("ca.crt"); b.address.host = "127.0.0.1" }
  let p = try Publisher(CameraIdentity(name: "x", software: "1"), to: b) { print($0) }
  p.start()
  try await Task.sleep(for: .seconds(3))
}
