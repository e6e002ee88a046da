public import Images
public import Values

/// What the page may wish of a camera, fulfilled by the program that reads it.
public protocol CameraControl: Sendable {
  var abilities: CameraAbilities { get }
  /// The mount that was told or found last; nil while none is known.
  var mount: Mount? { get }
  /// Whether a recording is being written.
  var isRecording: Bool { get }

  /// Reads the camera's pictures as turned like this from now on.
  func turn(_ mount: Mount)
  /// Asks the board for an image.
  func askForImage() throws(WishError)
  /// Asks the board for what the wish names.
  func ask(_ wish: CameraWish) throws(WishError)
  /// Begins or ends a recording.
  func record(_ isOn: Bool) throws(WishError)
}

/// What can be wished of a camera, and why not where it can't, in words.
public struct CameraAbilities: Sendable, Equatable {
  public enum Ability: Sendable, Equatable {
    case available
    case unavailable(String)
  }

  public var image: Ability
  public var settings: Ability
  public var recording: Ability
  /// Names of pixel formats that can be asked for.
  public var formats: [String]
  public var deliveries: [String]

  public init(
    image: Ability, settings: Ability, recording: Ability, formats: [String] = [],
    deliveries: [String] = []
  ) {
    self.image = image
    self.settings = settings
    self.recording = recording
    self.formats = formats
    self.deliveries = deliveries
  }
}

/// What a board is asked for; nil for what stays as it is.
public struct CameraWish: Sendable, Equatable {
  public enum Region: Sendable, Equatable {
    case whole
    case part(PixelBox)
  }

  public var format: String?
  public var region: Region?
  /// Images a second; 0 for as many as possible.
  public var rate: Double?
  public var delivery: String?
  /// `camera`, `text`, or stops as `+1.5`.
  public var exposure: String?

  public init() {}
}

/// Reasons why a wish isn't granted.
public enum WishError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The camera, or the way it is read, can't do it.
  case unavailable(String)
  /// There is no such thing to wish for.
  case unknown(String)
  /// It was tried and failed.
  case failed(String)

  public var description: String {
    switch self {
    case .unavailable(let reason), .unknown(let reason), .failed(let reason): reason
    }
  }
}

/// The keeper of what is known of a camera beyond a run: its fields and its mount.
public protocol CameraKeeper: Sendable {
  var fields: [Field] { get }
  /// Whether they outlive the program.
  var isLasting: Bool { get }

  /// Replaces all fields.
  func store(_ fields: [Field]) throws(WishError)
  func store(_ mount: Mount) throws(WishError)
}
