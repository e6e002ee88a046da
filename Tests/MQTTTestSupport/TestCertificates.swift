public import Foundation
import Glibc
import PortTestSupport

/// An authority and certificates by it, made by openssl in a folder.
public struct TestCertificates: Sendable {
  public let folder: URL

  /// Makes an authority.
  ///
  /// - Throws: `TestFailure`.
  public init(in folder: URL, authority: String = "ca") async throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try await key(authority)
    try await openssl([
      "req", "-x509", "-new", "-key", path("\(authority).key"), "-subj", "/CN=Test \(authority)",
      "-days", "2", "-out", path("\(authority).crt"),
    ])
  }

  public func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Makes `NAME.key` and `NAME.crt`, of a host and valid for `days`; below 0 it has expired.
  public func make(
    _ name: String, host: String, days: Int = 2, authority: String = "ca"
  ) async throws {
    try await key(name)
    try "subjectAltName=DNS:\(host)\n"
      .write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
    try await openssl([
      "req", "-new", "-key", path("\(name).key"), "-subj", "/CN=\(host)", "-out",
      path("\(name).csr"),
    ])
    try await openssl([
      "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(authority).crt"), "-CAkey",
      path("\(authority).key"), "-CAcreateserial", "-days", "\(days)", "-extfile",
      path("\(name).ext"), "-out", path("\(name).crt"),
    ])
  }

  private func key(_ name: String) async throws {
    try await openssl([
      "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
      path("\(name).key"),
    ])
  }

  private func openssl(_ arguments: [String]) async throws {
    let log = path("openssl.log")
    let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(output) }
    let process = try ChildProcess(
      "/usr/bin/env", ["openssl"] + arguments, output: output, errors: output)
    _ = await waits { !process.isRunning }
    guard process.ending == 0 else {
      throw TestFailure.call(
        "openssl \(arguments): \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }
  }
}
