import Sinks
import Testing

@Suite struct ColumnPlotTests {
  @Test func columnsHaveTheirHeights() {
    #expect(
      ColumnPlot.rows([0, 0.5, 1, 0.001, 2], top: 1, rows: 2) == ["  █ █", " ██▁█"])
    #expect(
      ColumnPlot.rows([0, 0.5, 1, 0.001, 0.75], top: 1, rows: 2, isASCII: true)
        == ["  # .", " ##.#"])
    // Eight steps a row.
    #expect(ColumnPlot.rows((0...8).map { Double($0) }, top: 8, rows: 1) == [" ▁▂▃▄▅▆▇█"])
  }

  @Test func nothingIsDrawnOfNothing() {
    #expect(ColumnPlot.rows([], top: 1, rows: 2) == ["", ""])
    #expect(ColumnPlot.rows([0, -1, .nan], top: 0, rows: 1) == ["   "])
  }
}
