/// A number of things, as people say it: `1 image`, `2 images`.
func counted(_ count: Int, _ one: String) -> String {
  "\(count) \(one)\(count == 1 ? "" : "s")"
}
