import Lines
import OnBoard
import Sinks

/// The geometry of networks' inputs and outputs, for scripts that make data and train.
enum CutGeometry {
  static var json: String {
    var line = JSONLine()
    line.object { line in
      line.key("patch")
      line.object { line in
        let shape = FirmwareReader.patchShape
        line.member("rows", shape.rows)
        line.member("columns", shape.columns)
        line.member("channels", shape.channels)
      }
      line.key("line")
      line.object { line in
        line.member("rows", LineImage.height)
        line.member("width_step", LineImage.widthStep)
        line.member("capital_rows", LineImage.capitalRows, places: 3)
        line.member("base_row", LineImage.baseRow, places: 3)
      }
      line.key("finder")
      line.object { line in
        line.member("cell", FinderCells.side)
        line.member("typical_height", FinderCells.typicalHeight, places: 3)
        line.member("middles", FinderCells.middles)
        line.member("factors", FinderCells.factors)
      }
      line.key("aligner")
      line.object { line in
        line.member("step", LineAligner.step)
        line.member("middles", LineAligner.middles)
        line.member("factors", LineAligner.factors)
      }
    }
    return line.text
  }
}

extension JSONLine {
  fileprivate mutating func member(_ name: String, _ numbers: [Double]) {
    key(name)
    array { line in for number in numbers { line.value(number, places: 3) } }
  }
}
