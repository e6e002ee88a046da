import Board
import Gray
import Images
import Testing

@Suite struct CameraTests {
  @Test func theSameSeedGivesTheSamePixels() throws {
    let scene = Scene(sheet: try sheet("Repeat 123"))
    let camera = CameraModel()
    let first = camera.shoot(scene, number: 5, seed: 42)
    #expect(camera.shoot(scene, number: 5, seed: 42) == first)
    #expect(camera.shoot(scene, number: 6, seed: 42) != first)
    #expect(camera.shoot(scene, number: 5, seed: 43) != first)
  }

  /// Between two images of one series only noise and shake change, not the light or the turn.
  @Test func theSetUpStays() throws {
    let scene = Scene(sheet: try sheet("."))
    var camera = CameraModel(noise: 0, shake: 0)
    camera.rotation = 5
    let first = camera.shoot(scene, number: 0, seed: 9)
    #expect(camera.shoot(scene, number: 1, seed: 9) == first)
    #expect(camera.shoot(scene, number: 0, seed: 10) != first)
  }

  @Test(arguments: [1.0, 3, 8]) func noiseHasTheDeviationAskedFor(noise: Double) throws {
    let scene = Scene(sheet: try sheet("."))
    let camera = CameraModel(
      blur: 0, rotation: 0, contrast: 0, noise: noise, gradient: 0, vignetting: 0, shake: 0)
    let image = camera.shoot(scene, number: 0, seed: 3)
    let mean = image.pixels.reduce(0.0) { $0 + Double($1) } / Double(image.pixels.count)
    let variance =
      image.pixels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      / Double(image.pixels.count)
    // Contrast 0 is mid-gray, where the variance is 0.2 + 0.8 / 2 of white's; rounding adds 1/12.
    let expected = noise * noise * 0.6 + 1.0 / 12
    #expect(abs(variance / expected - 1) < 0.03)
    #expect(abs(mean - 127.5) < 0.2)
  }

  @Test func contrastSetsPaperAndInk() throws {
    let scene = Scene(sheet: try sheet("HHHH", textHeight: 38))
    let camera = CameraModel(
      blur: 0, rotation: 0, contrast: 0.5, noise: 0, gradient: 0, vignetting: 0, shake: 0)
    let pixels = camera.shoot(scene, number: 0, seed: 1).pixels
    #expect(pixels.max() == 191)
    #expect(pixels.min() == 64)
  }

  @Test func blurSoftensEdgesAndKeepsInk() throws {
    let scene = Scene(sheet: try sheet("HHHH"))
    var camera = CameraModel.ideal
    let sharp = camera.shoot(scene, number: 0, seed: 1)
    camera.blur = 1.5
    let soft = camera.shoot(scene, number: 0, seed: 1)
    func steepest(_ image: GrayImage) -> Int {
      zip(image.pixels, image.pixels.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }
    #expect(steepest(soft) < steepest(sharp) * 2 / 3)
    let light = (sharp.pixels.reduce(0) { $0 + Int($1) }, soft.pixels.reduce(0) { $0 + Int($1) })
    #expect(abs(light.0 - light.1) < light.0 / 1000)
  }

  @Test func lightFallsOffToTheCorners() throws {
    let scene = Scene(sheet: try sheet("."))
    var camera = CameraModel.ideal
    camera.contrast = 0.5
    camera.vignetting = 0.4
    let image = camera.shoot(scene, number: 0, seed: 1)
    let corner = image.pixels[0]
    let edge = image.pixels[160]
    let middle = image.pixels[100 * 320 + 160]
    #expect(corner < edge)
    #expect(edge < middle)
    #expect(abs(Double(corner) / Double(middle) - 0.6) < 0.02)
  }

  @Test func rotationTurnsTheText() throws {
    let scene = Scene(sheet: try sheet("HHHHHHHHHHHH"))
    var camera = CameraModel.ideal
    let straight = try #require(inkBox(camera.shoot(scene, number: 0, seed: 4)))
    camera.rotation = 8
    let turned = try #require(inkBox(camera.shoot(scene, number: 0, seed: 4)))
    #expect(turned.height > straight.height + 3)
  }
}
