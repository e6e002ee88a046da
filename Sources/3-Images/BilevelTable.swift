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
    odlelckef5f9g8gae8d7eacbb4d6b5c6kfkdifjeifjchcjcf9h9gcibc5h6e7h7
    pgphognhgdgciehdfceacffaecb4e8c7nfnfqfngicicibieiahahbhbf9e6g9g8
    qekfpfmfjdgcjahdfeiefifdd7b9d4d6kjffieigiffdlbfgkcififfcj8f9f6j8
    qfohpdqjlciel9kfkffffffdged7f8d9nfmipjoiljlelamgmflfjfjfjdhcibga
    nejekdhfjffdlcffgagceafdc6d8fadbnilhffffffffffifhakcfbfbd6b4d7c9
    nfieffjiffifffddhdhdffffcfcbfffdmfhhfffjffdfffffjegdfdibc9c8f9f9
    qekfnhkfmchelbidibfaheife4c8e3d8jiigfifkffffffffiaieedfce4g7d5e7
    mflglfljpfidmdkfkdidjfdfgad7gaeamfljkflhffjgmflilcmelfjficfag8f9
    rgphnfnhldffifhbhcfffcffjdfficfbmhmgkgjgfffdhefghbfbicfddaf9gbib
    shtiqfqikfhcldjhgfcffdffefffgfcbrhviqgqikflflfkgjbjblbmcgae7g8g9
    ufjdrdkjlfffjgjekfffffffjfffeffdlfffnkffiffflfffjffficffkcffjcff
    rfpjtdpimfkflclgffffffffjfffecd9ofoisipklfhgmhmhkcielbjfkiicibfb
    seohnamfjfifkdjfibgbiffce9fdh9dfpilhmjfhffifjffdiakchcibe4b4e6c8
    sfsgofohkffdlfkdjihfjffcffgcifcctjvjolriifkjmfkimdldmeldf7e7f7f9
    sgphqakgpiifmdhcmcjelcfdg4eag5e7tjjfqkjgkdffqifelbkckcidg5d7f6e8
    vfshtjphofieoflflfjblfjfhad7h9f9tjuiuitjpgngqgnhpfoepfmfjbgahaga
    """)

  private static let against = parse(
    """
    siojqhpljeiglfjfecfefdgdc9ecc9ealjljjjmjhgihihggfbhcfbjdc7fac6e8
    oitlpislkfjgkflhffefcffbedcceecbmiolkiolkflghhkjgdhbidgdf9f8e9e9
    rhoisgqjkdiimflffcifdiffccacc9daiiijljfiffdfiifde9dffeffc7fca5f8
    ofojofqkkflhldmiifhcffffffeadacbjciikkoljijhefkjddeejffdedebcae9
    lgiflfifgddfifffcadbbbffb7adb8ebigijfdfiffffffffb8fbb9fd93f8c4f8
    hfkgfffifffdifidbf9dfffdbf9cdcadibkhfdffffffdfffh9aafcf9b8a4c8d3
    nfjcnfmdjdgfjcied8cdbcff97bc95b7leiifkfifffffdfdd6ibb8fd90c77083
    limfjfpjhfjjifjfcfdbdfefcbaab9a8kfhfiggkfdfffehhebeafdi9b7a493b5
    tjskohnglfkfjfkihdfdgffffdfdedfcmkmjjkfifffdiiffgcfcgdfdf9fcebfb
    pjvookupjfkdkfnkifgfffffffgcdddfoktmljqlfffhffnjhdhcjefcfad7iaja
    qjokrknjifjfnfjhjfijfffffffffdfckhjijljkfiffijikiffiibfcfbfce7dc
    ofrjnjtmffkimfnkffffffffffcdffeefinmikpmifkkhhokfffcfcfdibicfcgb
    ojojmklikigfhciddcecaefd9aeca8ddmimikifhfffijcfde9hae9i8b0f8b4j6
    nipmkjpiiffddfjdbddbfffdbddcfdabminjjhmjffiffdhhgaf9fbfaa5e4c8d6
    mhmilhphieigjfifecgfecgcb8eba7b9jhngjigihfffhhjffaibebfca1d593d6
    lhnjmjqkgfigkdkgebeffdbecebababajhlikhmjgchghgjifbfahchbd7c4c6c6
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
