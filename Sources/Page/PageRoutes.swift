import Images
import Sinks
import Values

/// All ways into the page. `openapi.json` describes each.
struct PageRoutes: Sendable {
  let cameras: [PageCamera]
  let viewers: Viewers

  var all: [Route] { page + watching + wishing + fields + corrections }

  private var page: [Route] {
    [
      Route(.get, "/openapi.json") { _ in
        .text(PageDocument.openAPI, type: "application/json")
      },
      Route(.get, "/metrics") { [cameras] _ in
        .text(
          Metrics(cameras).text, type: "text/plain; version=0.0.4; charset=utf-8")
      },
    ]
  }

  private var watching: [Route] {
    [
      // The connection leaves when it is closed.
      Route(.get, "/api/events") { [viewers] _ in
        viewers.join()
          ? .events : .problem(.unavailable, "\(Viewers.most) viewers watch already")
      },
      Route(.get, "/api/cameras") { [cameras] _ in
        .json { line in
          line.key("cameras")
          line.array { line in for camera in cameras { line.camera(camera) } }
        }
      },
      camera(.get, "") { camera, _ in
        var line = JSONLine()
        line.camera(camera)
        return .json(line.text)
      },
      camera(.get, "/reading") { camera, _ in
        guard let read = camera.feed.current.reading.value else { return Self.nothingYet }
        return .json(read.json)
      },
      camera(.get, "/picture") { camera, _ in
        guard let picture = camera.feed.current.picture.value else { return Self.nothingYet }
        return Self.answer(picture)
      },
      camera(.get, "/pictures/{picture}") { camera, asked in
        guard let id = asked.parts["picture"].flatMap({ Int($0) }),
          let picture = camera.feed.current.recent.find(id)?.picture
        else { return .problem(.notFound, "this picture is not kept") }
        return Self.answer(picture)
      },
      camera(.get, "/recent") { camera, _ in
        let recent = camera.feed.current.recent
        let lists = [("newest", recent.newest.reversed()), ("doubtful", recent.doubtful)]
        let parts = lists.map { name, list in
          "\"\(name)\":[\(list.map(\.json).joined(separator: ","))]"
        }
        return .json("{\(parts.joined(separator: ","))}")
      },
      camera(.get, "/link") { camera, _ in
        let samples = camera.feed.current.history.samples
        return .json { line in
          camera.feed.currentFigures.write(to: &line)
          line.key("history")
          line.array { line in for sample in samples { sample.write(to: &line) } }
        }
      },
      camera(.get, "/values") { camera, _ in
        let values = camera.feed.current.reading.value?.report.values ?? []
        return .json { line in
          line.key("values")
          line.array { line in for value in values { line.fieldValue(value) } }
        }
      },
    ]
  }

  private var wishing: [Route] {
    [
      camera(.post, "/image") { camera, _ in
        granted { () throws(WishError) in try camera.control.askForImage() }
      },
      camera(.put, "/mount") { camera, asked in
        guard let body = asked.body(MountMessage.self), let mount = Mount(body.mount) else {
          let names = Mount.all.map(\.description).joined(separator: ", ")
          return .problem(.unprocessableContent, "mount is one of \(names)")
        }
        return granted(telling: camera.feed) { () throws(WishError) in
          camera.control.turn(mount)
          try camera.keeper.store(mount)
        }
      },
      camera(.put, "/settings") { camera, asked in
        guard let body = asked.body(SettingsMessage.self) else { return Self.noJSON }
        return granted(telling: camera.feed) { () throws(WishError) in
          try camera.control.ask(body.wish)
        }
      },
      camera(.put, "/recording") { camera, asked in
        guard let body = asked.body(RecordingMessage.self) else { return Self.noJSON }
        return granted(telling: camera.feed) { () throws(WishError) in
          try camera.control.record(body.on)
        }
      },
    ]
  }

  /// A route of one camera.
  func camera(
    _ method: HTTPRequest.Method, _ path: String,
    _ answer: @escaping @Sendable (PageCamera, Asked) -> Answer
  ) -> Route {
    Route(method, "/api/cameras/{camera}" + path) { [cameras] asked in
      guard let number = asked.parts["camera"].flatMap({ Int($0) }),
        cameras.indices.contains(number - 1)
      else { return .problem(.notFound, "there is no such camera") }
      return answer(cameras[number - 1], asked)
    }
  }

  static let noJSON = Answer.problem(.unprocessableContent, "the body is not the JSON wanted")
  static let nothingYet = Answer.problem(.notFound, "nothing has come yet")

  private static func answer(_ picture: Picture) -> Answer {
    guard let file = try? picture.file() else {
      return .problem(.unprocessableContent, "the picture can't be decoded")
    }
    var answer = Answer(type: file.type, file.bytes)
    answer.headers = [
      ("X-Picture", "\(picture.id)"), ("X-Image", "\(picture.image.number)"),
      ("X-Time", UTCTime(picture.time).precise),
    ]
    return answer
  }
}

/// Answers that a wish was granted, or why not.
func granted(
  telling feed: CameraFeed? = nil, _ body: () throws(WishError) -> Void
) -> Answer {
  do throws(WishError) {
    try body()
  } catch {
    return .problem(error)
  }
  feed?.settingsChanged()
  return .done
}

private struct MountMessage: Decodable { var mount: String }

private struct RecordingMessage: Decodable { var on: Bool }

private struct SettingsMessage: Decodable {
  var format: String?
  /// A box, or `whole`.
  var region: PixelBox?
  var whole: Bool?
  var rate: Double?
  var delivery: String?
  var exposure: String?

  var wish: CameraWish {
    var wish = CameraWish()
    wish.format = format
    wish.region = region.map(CameraWish.Region.part) ?? (whole == true ? .whole : nil)
    wish.rate = rate
    wish.delivery = delivery
    wish.exposure = exposure
    return wish
  }
}

extension JSONLine {
  /// A camera, and what can be done with it.
  fileprivate mutating func camera(_ camera: PageCamera) {
    let abilities = camera.control.abilities
    object { line in
      line.member("camera", camera.feed.number)
      line.member("name", camera.feed.name)
      line.key("mount")
      if let mount = camera.control.mount { line.value(mount.description) } else { line.null() }
      line.key("mounts")
      line.array { line in for mount in Mount.all { line.value(mount.description) } }
      line.member("recording", camera.control.isRecording)
      line.key("abilities")
      line.object { line in
        for (name, ability) in [
          ("image", abilities.image), ("settings", abilities.settings),
          ("recording", abilities.recording),
        ] {
          line.key(name)
          line.object { line in
            switch ability {
            case .available: line.member("available", true)
            case .unavailable(let reason):
              line.member("available", false)
              line.member("reason", reason)
            }
          }
        }
      }
      line.key("formats")
      line.array { line in for name in abilities.formats { line.value(name) } }
      line.key("deliveries")
      line.array { line in for name in abilities.deliveries { line.value(name) } }
      line.key("fields")
      line.object { line in
        line.member("count", camera.keeper.fields.count)
        line.member("areKept", camera.keeper.isLasting)
      }
      line.key("corrections")
      line.object { line in
        line.member("count", camera.corrections.count)
        line.member("folder", camera.corrections.path)
      }
    }
  }
}
