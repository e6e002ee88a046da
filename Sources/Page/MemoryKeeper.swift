public import Images
import Synchronization
public import Values

/// Keeps a camera's fields until the program ends.
public final class MemoryKeeper: CameraKeeper {
  private let kept: Mutex<[Field]>

  public init(_ fields: [Field] = []) { kept = Mutex(fields) }

  public var fields: [Field] { kept.withLock { $0 } }
  public var isLasting: Bool { false }
  public func store(_ fields: [Field]) throws(WishError) { kept.withLock { $0 = fields } }
  public func store(_ mount: Mount) throws(WishError) {}
}
