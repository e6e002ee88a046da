internal import CKernels
internal import Glibc

/// The instructions that inference runs on. All give equal results.
public enum Kernels: String, Sendable, CaseIterable {
  /// Plain C, on any processor.
  case portable
  case neon
  case avx2
  case avxVNNI = "avx-vnni"
  case avx512VNNI = "avx512-vnni"

  /// The environment variable that names the kernels to use.
  public static let variable = "SCRIBE_KERNELS"

  /// The kernels that this processor runs, the fastest last.
  public static let available = allCases.filter { scribe_runs($0.instructions) != 0 }

  /// The fastest kernels that this processor runs.
  public static var best: Kernels { available.last ?? .portable }

  /// The kernels that `$SCRIBE_KERNELS` asks for if they run here, else the best.
  public static let chosen: Kernels = {
    guard let value = getenv(variable) else { return best }
    let name = String(cString: value)
    return available.first { $0.rawValue == name } ?? best
  }()

  var instructions: ScribeInstructions {
    switch self {
    case .portable: SCRIBE_PORTABLE
    case .neon: SCRIBE_NEON
    case .avx2: SCRIBE_AVX2
    case .avxVNNI: SCRIBE_AVX_VNNI
    case .avx512VNNI: SCRIBE_AVX512_VNNI
    }
  }
}
