import CYAML

/// A document of YAML, as libyaml reads it. Lines count from 1.
final class YAMLDocument {
  /// Why a text is no document, and the line, where one is known.
  struct Fault: Error {
    var problem: String
    var line: Int?
  }

  private let document: UnsafeMutablePointer<yaml_document_t>

  /// Reads a text that has one document, or none.
  init(_ text: String) throws(Fault) {
    document = .allocate(capacity: 1)
    document.initialize(to: yaml_document_t())
    var text = text
    let fault = text.withUTF8 { Self.load($0, into: document) }
    // A class whose initializer throws is taken apart all the same.
    if let fault { throw fault }
  }

  deinit {
    // One that wasn't loaded has nothing to free, which libyaml finds out by itself.
    yaml_document_delete(document)
    document.deallocate()
  }

  /// The outermost value; nil in a document without any.
  var root: YAMLNode? {
    yaml_document_get_root_node(document) == nil ? nil : YAMLNode(document: self, index: 1)
  }

  fileprivate subscript(index: Int32) -> yaml_node_t {
    yaml_document_get_node(document, index).pointee
  }

  private static func load(
    _ bytes: UnsafeBufferPointer<UInt8>, into document: UnsafeMutablePointer<yaml_document_t>
  ) -> Fault? {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { return Fault(problem: "there is no memory") }
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
    guard yaml_parser_load(&parser, document) == 1 else {
      document.pointee = yaml_document_t()
      return Fault(parser)
    }
    var next = yaml_document_t()
    guard yaml_parser_load(&parser, &next) == 1 else { return Fault(parser) }
    defer { yaml_document_delete(&next) }
    guard let other = yaml_document_get_root_node(&next) else { return nil }
    return Fault(problem: "a second document begins", line: Int(other.pointee.start_mark.line) + 1)
  }
}

extension YAMLDocument.Fault {
  fileprivate init(_ parser: yaml_parser_t) {
    problem = parser.problem.map { String(cString: $0) } ?? "it can't be parsed"
    // Text that can't be read as characters has no mark.
    line = parser.error == YAML_READER_ERROR ? nil : Int(parser.problem_mark.line) + 1
  }
}

/// A value of a document: one scalar, a sequence or a mapping.
struct YAMLNode {
  private let document: YAMLDocument
  private let index: Int32

  fileprivate init(document: YAMLDocument, index: Int32) {
    (self.document, self.index) = (document, index)
  }

  private var node: yaml_node_t { document[index] }

  /// The line on which it begins.
  var line: Int { Int(node.start_mark.line) + 1 }

  /// The text of a scalar.
  var scalar: String? {
    guard node.type == YAML_SCALAR_NODE else { return nil }
    let scalar = node.data.scalar
    return String(
      decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
  }

  /// The values of a sequence.
  var items: [YAMLNode]? {
    guard node.type == YAML_SEQUENCE_NODE else { return nil }
    let items = node.data.sequence.items
    return UnsafeBufferPointer(start: items.start, count: items.top - items.start)
      .map { YAMLNode(document: document, index: $0) }
  }

  /// The keys and values of a mapping, as they stand.
  var pairs: [(key: YAMLNode, value: YAMLNode)]? {
    guard node.type == YAML_MAPPING_NODE else { return nil }
    let pairs = node.data.mapping.pairs
    return UnsafeBufferPointer(start: pairs.start, count: pairs.top - pairs.start).map {
      (YAMLNode(document: document, index: $0.key), YAMLNode(document: document, index: $0.value))
    }
  }

  /// Whether it is written in brackets or braces.
  var isFlow: Bool {
    switch node.type {
    case YAML_SEQUENCE_NODE: node.data.sequence.style == YAML_FLOW_SEQUENCE_STYLE
    case YAML_MAPPING_NODE: node.data.mapping.style == YAML_FLOW_MAPPING_STYLE
    default: false
    }
  }
}
