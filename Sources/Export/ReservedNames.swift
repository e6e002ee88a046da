/// Names that an exported header can't use: the languages' own, and those of the C that ships to
/// boards.
enum ReservedNames {
  /// - Throws: `ExportError` for a name that isn't one in C, or that others own.
  static func check(_ name: String) throws(ExportError) {
    guard let first = name.first, !first.isNumber,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    else { throw .notAnIdentifier(name) }
    if let owner = owner(of: name) { throw .reservedName(name, owner: owner) }
  }

  /// The owner of a name, in words for a message; nil if anybody may use it.
  static func owner(of name: String) -> String? {
    if keywords.contains(name) { return "a keyword of C or C++" }
    if library.contains(name) { return "a name of compilers or of C's library" }
    if own.contains(name) { return "a name of scribe_net.h and the headers beside it" }
    // C keeps these for compilers, C++ two underscores anywhere.
    let second = name.dropFirst().first
    if name.contains("__") || (name.first == "_" && second?.isUppercase ?? true) {
      return "a name that is kept for compilers"
    }
    return nil
  }

  /// Keywords of C99 to C23 and C++11 to C++23, their alternative tokens, and what compilers make
  /// of them.
  private static let keywords = words(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t \
    char32_t class co_await co_return co_yield compl concept const const_cast consteval constexpr \
    constinit continue decltype default delete do double dynamic_cast else enum explicit export \
    extern false float for friend goto if inline int long mutable namespace new noexcept not \
    not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires \
    restrict return short signed sizeof static static_assert static_cast struct switch template \
    this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned \
    using virtual void volatile wchar_t while xor xor_eq
    """)

  /// Names that compilers know by themselves, and the types of the headers that are included.
  private static let library = words(
    """
    abort abs acos asin assert atan atan2 atexit atof atoi atol bsearch calloc ceil clock cos cosh \
    div errno exit exp exp2 expm1 fabs fclose feof ferror fflush fgetc fgets fma fmax fmin floor \
    fmod fopen fprintf fputc fputs fread free frexp fscanf fseek ftell fwrite gamma getc getchar \
    getenv gets hypot index isalnum isalpha isascii isdigit islower isprint isspace isupper j0 j1 \
    jn labs ldexp ldiv lgamma llabs log log10 log1p log2 longjmp lrint lround malloc memchr memcmp \
    memcpy memmove memset modf nan nearbyint perror pow printf putc putchar puts qsort raise rand \
    realloc remainder remove rename rewind rindex rint round scalbn scanf setjmp signal sin sinh \
    snprintf sprintf sqrt srand sscanf stderr stdin stdout strcat strchr strcmp strcpy strcspn \
    strerror strlen strncat strncmp strncpy strpbrk strrchr strspn strstr strtod strtol strtoul \
    system tan tanh tgamma time tolower toupper trunc ungetc va_arg va_end va_list va_start \
    vprintf vsnprintf vsprintf y0 y1 yn \
    NULL offsetof ptrdiff_t size_t ssize_t int8_t int16_t int32_t int64_t intptr_t uint8_t \
    uint16_t uint32_t uint64_t uintptr_t float32_t float64_t main far near interrupt linux unix arm \
    avr
    """)

  /// Types, functions and files of `firmware-proto`; include guards are named after the files. A
  /// test compares them with the headers.
  private static let own = words(
    """
    scribe_abort_image scribe_answer scribe_begin_image scribe_bilevel scribe_bilevel_init \
    scribe_box scribe_bytes scribe_character scribe_cobs_encode scribe_codecs scribe_coder \
    scribe_coder_put scribe_config scribe_crc32 scribe_encoder scribe_end_image scribe_exposure \
    scribe_exposure_init scribe_exposure_look scribe_exposure_next scribe_exposure_set \
    scribe_exposure_way scribe_flow scribe_flow_arena_words scribe_flow_begin scribe_flow_memory \
    scribe_flow_output scribe_flow_push scribe_flow_selftest scribe_flow_stage scribe_format \
    scribe_gray4_row scribe_hello scribe_host scribe_host_answer scribe_host_config \
    scribe_host_hear scribe_host_init scribe_host_may_send scribe_host_sent scribe_image \
    scribe_init scribe_ink scribe_ink_begin scribe_ink_image scribe_ink_polarity scribe_ink_row \
    scribe_ink_size scribe_life scribe_life_count scribe_life_counts scribe_life_keep \
    scribe_life_memory scribe_life_start scribe_life_stats scribe_life_supply scribe_light \
    scribe_lines scribe_log scribe_lossless scribe_lossless_bias scribe_lossless_init \
    scribe_lossless_size scribe_maximum scribe_model scribe_model_answer scribe_model_best \
    scribe_model_check scribe_model_failure scribe_model_fault scribe_model_layer_crc \
    scribe_model_logits scribe_model_note scribe_model_order scribe_model_output_crc \
    scribe_model_selftest scribe_model_vector scribe_net scribe_net_channel scribe_net_filter \
    scribe_net_kernels scribe_net_kind scribe_net_layer scribe_net_pairs scribe_net_run \
    scribe_net_run_layer scribe_net_scratch_words scribe_net_weight_words scribe_on_request \
    scribe_packet scribe_pattern scribe_ping scribe_pong scribe_reader scribe_reader_begin \
    scribe_reader_component scribe_reader_components_work scribe_reader_config \
    scribe_reader_counters scribe_reader_cut scribe_reader_finish scribe_reader_get_counters \
    scribe_reader_image scribe_reader_init scribe_reader_line scribe_reader_max_height \
    scribe_reader_max_width scribe_reader_read scribe_reader_rows scribe_reader_size \
    scribe_reader_state scribe_reader_step scribe_reader_strip_work scribe_reader_threshold_work \
    scribe_reader_verdict scribe_reader_visit_cuts scribe_reader_visitor scribe_recognizer \
    scribe_recognizer_arena_words scribe_recognizer_config scribe_recognizer_counters \
    scribe_recognizer_get_counters scribe_recognizer_init scribe_recognizer_place \
    scribe_recognizer_read scribe_recognizer_selftest scribe_recognizer_size \
    scribe_recognizer_verdict scribe_refresh scribe_region scribe_request scribe_request_kind \
    scribe_respond scribe_row_bytes scribe_send_text scribe_set_mtu scribe_skip_image scribe_start \
    scribe_start_text scribe_stats scribe_status scribe_strip scribe_strip_box scribe_strip_glyph \
    scribe_strip_option scribe_text scribe_text_line scribe_tick scribe_write
    """)

  private static func words(_ text: String) -> Set<String> {
    Set(text.split(separator: " ").map(String.init))
  }
}
