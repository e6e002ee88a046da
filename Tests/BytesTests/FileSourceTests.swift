import Bytes
import Glibc
import Testing

@Suite("FIFOs, files and standard input") struct FileSourceTests {
  @Test func aFileIsReadToItsEnd() async throws {
    let folder = try TemporaryFolder()
    let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let file = try folder.write(content, to: "capture.bin")
    let log = EventLog(try ByteSource(path: file))
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.bytes == content)
    #expect(log.changes == [.connected(name: file), .ended])
  }

  @Test func anEmptyFileEndsAtOnce() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([], to: "empty")
    let log = EventLog(try ByteSource(path: file))
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.bytes.isEmpty)
  }

  @Test func aFileCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([1], to: "file")
    let source = try ByteSource(path: file)
    #expect {
      try source.write([1])
    } throws: { error in
      // The thread may have reached the end first.
      error as? PortError == .notWritable(file) || error as? PortError == .disconnected(file)
    }
  }

  @Test func aFifoServesOneWriterAfterTheOther() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let source = try ByteSource(path: path)
    let log = EventLog(source)
    for round in 1...3 {
      let writer = open(path, O_WRONLY | O_CLOEXEC)
      #expect(writer >= 0)
      var byte = UInt8(round)
      #expect(write(writer, &byte, 1) == 1)
      close(writer)
      #expect(await log.waits { $0.bytes.count == round })
      #expect(
        await log.waits { log in
          log.changes.filter { $0 == .disconnected(.writerClosed) }.count == round
        })
    }
    #expect(log.bytes == [1, 2, 3])
    #expect(log.changes.filter { $0 == .connected(name: path) }.count == 3)
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
  }

  /// The one test that may touch this process's standard input, so it cannot run twice at a time.
  @Test func standardInputIsADash() async throws {
    let saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
    var ends: [CInt] = [-1, -1]
    // A child that another test is just starting must not keep the pipe open.
    #expect(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    dup2(ends[0], STDIN_FILENO)
    close(ends[0])
    defer {
      dup2(saved, STDIN_FILENO)
      close(saved)
    }
    var bytes: [UInt8] = [9, 0, 255]
    #expect(write(ends[1], &bytes, 3) == 3)
    close(ends[1])
    let log = EventLog(try ByteSource(path: "-"))
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.bytes == [9, 0, 255])
    #expect(log.changes.first == .connected(name: "standard input"))
  }
}
