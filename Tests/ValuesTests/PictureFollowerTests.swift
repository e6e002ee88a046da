import Gray
import Testing
import Values
import ValuesTrial

@Suite("Following") struct PictureFollowerTests {
  private func pictures() throws -> [GrayImage] {
    try [0.01, 0.6, 0.9].map { try MeterDay(hours: 1).picture(at: $0) }
  }

  @Test func movementsOfADrawnMeterAreFound() throws {
    var trial = FollowTrial(seed: 3)
    let outcome = trial.run(on: try pictures(), .within, times: 20)
    #expect(outcome.pairs == 60)
    #expect(outcome.told >= 54)
    #expect(outcome.error(of: 0.5) < 0.6 && outcome.error(of: 0.95) < 2)
  }

  @Test(arguments: [FollowTrial.Change.beyond, .turned])
  func whatIsMovedTooFarIsNotFollowed(change: FollowTrial.Change) throws {
    var trial = FollowTrial(seed: 3)
    #expect(trial.run(on: try pictures(), change, times: 20).told == 0)
  }

  @Test func theSameCameraInOtherSizes() throws {
    let picture = try MeterDay(hours: 1).picture(at: 0.01)
    let follower = try #require(PictureFollower(reference: picture))
    var double = GrayImage(width: 640, height: 480)
    for y in 0..<480 {
      for x in 0..<640 { double.pixels[y * 640 + x] = picture.pixels[y / 2 * 320 + x / 2] }
    }
    let motion = try #require(follower.motion(to: double))
    #expect(abs(motion.x) < 0.001 && abs(motion.y) < 0.001 && abs(motion.angle) < 0.002)
  }

  @Test func emptyAndOddPicturesAreNotFollowed() throws {
    #expect(PictureFollower(reference: GrayImage(width: 320, height: 240, filledWith: 90)) == nil)
    #expect(PictureFollower(reference: GrayImage(width: 3, height: 2)) == nil)
    #expect(PictureFollower(reference: GrayImage(width: 0, height: 0)) == nil)
    let picture = try MeterDay(hours: 1).picture(at: 0.01)
    let follower = try #require(PictureFollower(reference: picture))
    #expect(follower.motion(to: GrayImage(width: 320, height: 240, filledWith: 9)) == nil)
    #expect(follower.motion(to: GrayImage(width: 240, height: 320, filledWith: 9)) == nil)
    #expect(follower.motion(to: GrayImage(width: 1, height: 1)) == nil)
  }
}
