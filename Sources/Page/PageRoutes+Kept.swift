import Images
import Sinks
import Values

/// Ways to what is kept: fields and corrections.
extension PageRoutes {
  var fields: [Route] {
    [
      camera(.get, "/fields") { camera, _ in Self.list(of: camera) },
      camera(.put, "/fields/{field}") { camera, asked in
        guard let body = asked.body(FieldMessage.self) else { return Self.noJSON }
        guard let size = Self.size(of: camera) else { return Self.nothingYet }
        return granted(telling: camera.feed) { () throws(WishError) in
          let field = try body.field(
            named: asked.parts["field"] ?? "", width: size.width, height: size.height,
            mount: camera.control.mount ?? .upright)
          var fields = camera.keeper.fields
          if let index = fields.firstIndex(where: { $0.name == field.name }) {
            fields[index] = field
          } else {
            guard fields.count < FieldMessage.mostFields else {
              throw .unknown("A camera has at most \(FieldMessage.mostFields) fields.")
            }
            fields.append(field)
          }
          try camera.keeper.store(fields)
        }
      },
      camera(.delete, "/fields/{field}") { camera, asked in
        let name = asked.parts["field"] ?? ""
        guard camera.keeper.fields.contains(where: { $0.name == name }) else {
          return .problem(.notFound, "there is no such field")
        }
        return granted(telling: camera.feed) { () throws(WishError) in
          try camera.keeper.store(camera.keeper.fields.filter { $0.name != name })
        }
      },
    ]
  }

  var corrections: [Route] {
    [
      camera(.post, "/corrections") { camera, asked in
        guard let body = asked.body(CorrectionMessage.self) else { return Self.noJSON }
        guard let read = camera.feed.current.recent.find(body.picture),
          let picture = read.picture
        else { return .problem(.notFound, "this picture is not kept") }
        let lines: [CorrectionFolder.Line]
        do throws(WishError) {
          lines = try body.checked(width: read.report.width, height: read.report.height)
          let name = try camera.corrections.keep(picture, lines)
          camera.feed.settle(body.picture)
          camera.feed.settingsChanged()
          return .json { $0.member("kept", name) }
        } catch {
          return .problem(error)
        }
      },
      camera(.delete, "/corrections/last") { camera, _ in
        do throws(WishError) {
          guard let name = try camera.corrections.undo() else {
            return .problem(.notFound, "nothing is left to undo")
          }
          camera.feed.settingsChanged()
          return .json { $0.member("removed", name) }
        } catch {
          return .problem(error)
        }
      },
    ]
  }

  private static func list(of camera: PageCamera) -> Answer {
    let values = camera.feed.current.reading.value?.report.values ?? []
    let mount = camera.control.mount ?? .upright
    let size = size(of: camera) ?? (0, 0)
    return .json { line in
      line.key("fields")
      line.array { line in
        for field in camera.keeper.fields {
          let value = values.first { $0.field.name == field.name }
          let place = mount.sent(field.box, width: size.width, height: size.height)
          line.value(field, box: value?.box ?? place, value)
        }
      }
    }
  }

  /// The size of the last picture that was read, as it came.
  private static func size(of camera: PageCamera) -> (width: Int, height: Int)? {
    camera.feed.current.reading.value.map { ($0.report.width, $0.report.height) }
  }
}

private struct CorrectionMessage: Decodable {
  var picture: Int
  var lines: [Line]

  struct Line: Decodable {
    var text: String
    var box: PixelBox
  }

  private static let mostLines = 128
  private static let longestText = 1024

  func checked(width: Int, height: Int) throws(WishError) -> [CorrectionFolder.Line] {
    guard lines.count <= Self.mostLines else {
      throw .unknown("A picture has at most \(Self.mostLines) lines.")
    }
    var checked: [CorrectionFolder.Line] = []
    for line in lines {
      guard line.text.utf8.count <= Self.longestText,
        !line.text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
      else { throw .unknown("A line is at most \(Self.longestText) bytes, without line breaks.") }
      guard line.box.lies(inWidth: width, height: height) else {
        throw .unknown("A box is not within the picture of \(width)x\(height) pixels.")
      }
      let words = line.text.split(separator: " ").joined(separator: " ")
      checked.append(CorrectionFolder.Line(text: words, box: line.box))
    }
    return checked
  }
}
