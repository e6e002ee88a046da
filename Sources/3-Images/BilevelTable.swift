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
    ndkelcjefafag9gbe8e9dceac7d7c6c7jfidhgjdhfjchejdfbh9fbibd8g8e8h9
    phohogngidhbidhdfdebfdeaf9d9e9d8kfmfkfmficidididfbfafbgbf9f8gag8
    pejfpdlfjdgdjcidfdeegfjce8dad6c7kfifjfkgjddfhehfjfheffefhbbbf8f9
    nhlgpfninfjeldjfgcecjffdgdeaf8d9kgkgoglijfjglelgmcgdjdgejdfbibga
    nfjfldhfjehfkdgdfceefcdce6eafaeakimigfhfidijffkgfcgdeefcb6e7d8f8
    mejfjijglfgckghfhdeehcecfddbgedcngigifkfiiihfdkiidgdhafde9e9ebf9
    pejfnfifldheldiehcgehefde7dae6d8nikgjilhkjcdjelgidjffegfe7gad6e8
    mfkfkfjfmdkemfjfiafcifgegbeagbeakflhlgjiififkckglehejegeicfbgaf9
    qglhmdkgieifjciegbgcgfhchagegefblhmhkgkgfgjeigjefcfcgcfdgcfbgafb
    rhpiqhoihfhgkejffbfdfccbgffdgeecpgqinfoihfifjejgicicjchcfaf9haga
    qfjfnfigkfgfkfhegiifeiieidfffcfcmgjgliehkfjhkgifjcjcidjeidgdhcfc
    pelhpfmhmgjgmelgjfebfigdedfcgaebmflhogojjekgmfmhjdhejfieicgcicgb
    qglfleifjfkfidhehcfcg9fefaebhcgboimimhkhjhffihfghbhdhcfde7e8f9fa
    pfmglfkgnbkfjgiehfecgjgbgfecicfdripjngoiibjgkflglekdkeidg8f8g9g9
    rejeoekfnfiemdidlcfdjegeh9fah9faphjgnijhlglfmfigkchdkegeg6f8g8f9
    rfnfpgngnfjenflelchdjdfdiefcibfarhoiphoinekgognhnflemfkfjchaibga
    """)

  private static let against = parse(
    """
    rioiphnhjfjflfjfecgeedhfcafdcaedkjkijjjihhhehhigfbhcgcgdc7gbc8fa
    nirlngrkjejgjflhgdeegefeeddcecdckinkjhnkhfjhhgjigdhcgdgcgaf8fae9
    pglfrglflgjemfkeeegfegfecaffc8ddihhfihifiihiihfefdhegdgde9gdc7fb
    kfnglfqipelgleligfefiffdefcadbcbgchihfkkhdjhgfkjgdgdgehdgdfbfbe9
    lgheiefdhdkaiffeb9abbdeea9dcbbfdhigfehfdffdfcehdc9ebcbfeb4e9d6fa
    icjggeifhcicfdgdcfb8hdbdcbbbeacbggghfdgfecfffcfefae9ecebf8e7ebe8
    neiemfgdjdgdjciecafccdfda5cca5bbhggehieefffdfffed9fceaeca3fa93e9
    hdjffckeheieidjed9cdeceecca9cba8fegffdgffdhffchgebeafbfce9d7d8c6
    rkpiohkgjhgfjgkgfeifefhgedhfeehfnkmjmkiidhjgiihgfcidgdieh9hefbid
    qitmlgslhfkgjfnhggeffeefgfffgfgflkqliiplhflhifkjidichdjchei9heha
    qgohohmgkglgmgjfiehfffffffhffehfkikhilihikihhjehieheiekfhbhggbie
    lgohlfsjjfnijgnjgfkfdjjegegggfeeifkkhhmlhhmihgmkhgheidiehfhdhegb
    oimhlgiehficiehecbedcchcabedbbfdlilijifghiieefhee9faeafca5fbd7gb
    mgojhemggeiegfidfdcdgecdfecdgdddkimjgfiifahfhdgggbfagbfafae5fbf7
    mgkglfjeiehdieieecgdedgdc9eca8dcjhigiigfhgidhhhefagcfbfcc5f9b5e9
    kfmhjdmhheifhdjggcedgecdedbbdbbbigkihfjifdhggejhgcgafdfbe9e6d9d6
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
