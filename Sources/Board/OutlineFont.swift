import CFreeType
import Glibc

/// An outline font file opened through FreeType.
///
/// Not Sendable: FreeType's handles belong to one thread. Set text in type once and keep the sheet.
public final class OutlineFont {
  public let path: String
  /// Height of a capital letter as a share of the em.
  public let capitalHeight: Double
  let library: FT_Library
  let face: FT_Face

  /// Paths of fonts that every desktop has, on Debian and its relatives.
  public static let usualPaths = [
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf",
  ]

  /// Opens the first face of a font file; without a path, the first of `usualPaths` that exists.
  ///
  /// - Throws: an error if no file is there, or it holds no outlines.
  public init(path: String? = nil) throws(BoardError) {
    let file: String
    if let path {
      guard access(path, R_OK) == 0 else { throw .fileMissing(path: path, errorNumber: errno) }
      file = path
    } else {
      guard let found = Self.usualPaths.first(where: { access($0, R_OK) == 0 }) else {
        throw .fontMissing(searched: Self.usualPaths)
      }
      file = found
    }
    var library: FT_Library?
    var code = FT_Init_FreeType(&library)
    guard code == 0, let library else { throw .fontUnreadable(path: file, freeTypeError: code) }
    var face: FT_Face?
    code = FT_New_Face(library, file, 0, &face)
    guard code == 0, let face else {
      FT_Done_FreeType(library)
      throw .fontUnreadable(path: file, freeTypeError: code)
    }
    guard face.pointee.face_flags & scalableFlag != 0, face.pointee.units_per_EM > 0 else {
      FT_Done_FreeType(library)
      throw .fontNotOutline(path: file)
    }
    self.path = file
    self.library = library
    self.face = face
    capitalHeight = Self.measureCapital(face)
  }

  deinit {
    // Closes the library's faces too.
    FT_Done_FreeType(library)
  }

  private static func measureCapital(_ face: FT_Face) -> Double {
    let fallback = 0.72
    let em = Double(face.pointee.units_per_EM)
    let index = FT_Get_Char_Index(face, FT_ULong(("H" as Unicode.Scalar).value))
    guard index != 0, FT_Load_Glyph(face, index, loadUnscaled) == 0,
      let slot = face.pointee.glyph
    else { return fallback }
    let height = Double(slot.pointee.metrics.horiBearingY) / em
    return height > 0.3 && height < 1.2 ? height : fallback
  }
}

// Values of FreeType's macros, as FT_Int32 and FT_Long.
let scalableFlag: FT_Long = 1 << 0
let kerningFlag: FT_Long = 1 << 6
let loadUnscaled: FT_Int32 = 1 << 0
let loadUnhinted: FT_Int32 = 1 << 1
let loadNoBitmap: FT_Int32 = 1 << 3
