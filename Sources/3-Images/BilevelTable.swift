// Made by scripts/codecs/train.py. Do not edit.

/// What the bilevel coder's states start from.
enum BilevelTable {
  /// How likely paper is, of 65536.
  private static let levels: [UInt16] = [
    64, 64, 64, 64, 82, 147, 262, 468, 831, 1471, 2583, 4477,
    7593, 12436, 19337, 28044, 37492, 46199, 53100, 57943, 61059, 62953, 64065, 64705,
    65068, 65274, 65389, 65454, 65472, 65472, 65472, 65472,
  ]

  private static let within = parse(
    """
    ndlekckeg9gbg8gae9f9c9d8c7f8b5c6jfkehgicifkdhfhcfaiadag9e8i9d7g8
    phniofogjdieidhdgeecfceagaebe5d7kflgiemfjdkeididgbgbeafahahaf8g8
    pekfmelfjcidjbhdfegffeged6f9c6c8kfigjglfiejggghejffffgheg8h9d7f9
    qglhoenhmekfkejfiddchbechcfbe7d9nglhjflhlelfjelglcgejehejchbgag9
    ngjfjfjgkdhfjegdfdgedbdde8fbd8d9ljohjhlhhdjjfcjfgciddbgdd7g8c7e7
    mfkgkejfljkejhhejefdfdechbgcfeecogihlgkghfkjjdjgjehefcgdfagaeaf8
    pejfkfjfldhejdidhdheebfee6e9d6d9miniihmglfihgfgehdmffchfe7i9c6d8
    meiflfkfofkfmdjfjafcgefdicgcf9eamfohjekhlfjgjfkgneifhdieicgbe9f9
    qgnhlflhjchejdifgchefdfchbf9ecfclirhihlhihifhfjefcfbdcgdhbfbeaeb
    shojqgqikfjfjejfhaeefbebhcedgdecpgpingqikejfjfjfjchbfbichagaeag9
    qfjflfjgleheieififhheffegcdee9eboijjhfhglhlghghgjdhde9fcidfdecfc
    relhnfnhnemglhlgjiifhifchbfbfbebphningoimgohmfmhkehehdgeicgcfbgb
    qfkflfjgkeheieiehcdcdaecgaebeafbpilijglhjhggihhfibideagdf8h9c9e9
    rgkgnfmgjfkfkgiejfedgeedjfedgbecriqjogqjjfkgjdkgmejdhdjdg9g9e8f9
    rekflfjfndhekdhdlchefdfch9fae9eapimhigjgngjhhfjeldhdfcgdg7g9c7e9
    sglgognfoekfmekemdgdh9gdkbgcgbfarhoiogoipgmhmfnhoflekdlfjbibgaga
    """)

  private static let against = parse(
    """
    siniqhohkfjglejfechfdcgecafdc9eckjljjjjiihihhghffbicfbhdc7gad7fb
    niqkohrljflhjflhheeefdeefceddcdbkinkjhnkhgjihfkihdhcgcgcgaf9fae9
    qglgpglflfjfmfkedehfefgec9fdc9ddjikghfhfihgghhhfgciegdgdc7fad8gc
    jfnhmfpijfmhlelhggddgeeefdddddcbhfiihejjhgkigekjhehdgdgdgcfafbe9
    lghfjeheiegehegdb9d9aacca8ecaaedhigggiheffhffdfdc9fad9ecc5h9d7ea
    hcjfhdjfgdiegdhdebaaceaaedccdbcbgghhffghfdcefdfegbeadadafaf8fbf7
    nfiekeidjdhfjdidc9feb9eca5eda6bahhhfgefdgfgdeefdd9fce9fc93e8a3e9
    hdifhckegcieiciefbc9dcddedcab9a8feggfdgffcgffcggfcfbfceae9e7d8c6
    rkojpiphjglgkfjfeeifdehfeeifeehfnllkkkkiiiihijhgfcjdfciefahdgcie
    ohsmohuniflgigmhhgcfhfffhfhfgffflkpljiqligjjigjjidicieichdhaheha
    rhmhohmgmhkglekghfgfgbifeehgfehfjlliijihikfifjiiielfifhegchehche
    lgpinfrkjfmikenjgjkfgfjeggfegeeehhmligmlhhnkhfmkifhehfhegehchegb
    oimimgmgiehehehdcbeebbedabfebbfdljlijiigfgigfehde9ibc9ebc5hae7fc
    lgnjmgojgehegeiegdcdedccgdceeeccjiljigljgdgggdhghbf9fbfafbg7fbf6
    mhlhlfkfieiejdieechddbfdb8eca8dcjhkhihhfhhifgggefahceafcb5f8b5e9
    kgmhkfnihekfidjggdedfcedecdccbbaihkihfkigfihfdjhgcgafcgae8f6d9d6
    """)

  /// A state for each of the 1024 contexts.
  static func states(inter: Bool) -> [UInt16] { inter ? against : within }

  private static func parse(_ digits: StaticString) -> [UInt16] {
    digits.withUTF8Buffer { bytes in
      bytes.compactMap { byte in
        switch byte {
        case 0x30...0x39: levels[Int(byte) - 0x30]
        case 0x61...0x76: levels[Int(byte) - 0x61 + 10]
        default: nil
        }
      }
    }
  }
}
