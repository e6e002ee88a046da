import Cameras
import Images
import Values

/// The file of a camera. One that is taken must be written, and be edited, into one that says the
/// same.
func fuzzCamera(_ bytes: [UInt8]) throws(FuzzFailure) {
  let text = String(decoding: bytes, as: UTF8.self)
  guard var camera = try? CameraFile(parsing: text, file: "camera.yaml") else { return }
  try require(
    (try? CameraFile(parsing: camera.text, file: "camera.yaml")) == camera, "it is written wrong")
  camera.mount = Mount(camera.mount.turn == .left ? .upright : .left, isMirrored: true)
  if !camera.fields.isEmpty {
    camera.fields[0].box = PixelBox(x: 1, y: 2, width: 3, height: 4)
    camera.fields[0].unit = "#'m³"
  }
  camera.fields.append(
    Field(name: "new-\(camera.fields.count)-field", box: PixelBox(x: 0, y: 0, width: 9, height: 9)))
  guard camera.fields.count <= CameraFile.mostFields else { return }
  guard let edited = try? camera.edited(into: text, file: "camera.yaml") else {
    // The comments may leave no room.
    try require(text.utf8.count > CameraFile.mostBytes / 2, "it can't be edited")
    return
  }
  try require(
    (try? CameraFile(parsing: edited, file: "camera.yaml")) == camera, "it is edited wrong")
}
