"""Texts as labels, plates and displays carry them: lines of printable ASCII. Mostly lists."""

import re
import string
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from dataset.fonts import PRINTABLE


def listed(text: str) -> tuple[str, ...]:
    """What stands in a text, parted by two spaces or by the ends of its lines."""
    return tuple(re.split(r"  |\n", text))


def pairs(text: str) -> dict[str, str]:
    """Words of a text, each with the one behind it."""
    words = text.split()
    return dict(zip(words[::2], words[1::2]))


def _shares(text: str) -> dict[str, float]:
    return {name: int(share) for name, share in pairs(text).items()}


T = TypeVar("T")

WORDS = (Path(__file__).resolve().parent / "words.txt").read_text().split()
DIGITS, UPPER, LOWER = string.digits, string.ascii_uppercase, string.ascii_lowercase
PUNCTUATION = "".join(c for c in PRINTABLE if not c.isalnum())
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
UNITS = """V A W mA mV kW Hz kHz MHz uF nF pF mH kg g mg mm cm m km km/h C F K bar Pa hPa kPa psi %
%RH L ml m3 kWh Wh Ah mAh VA dB dBm lm lx s ms us min h rpm oz lb ft in GB MB kB ppm N Nm J ohm k
R""".split()
LABELS = listed("""S/N:  SN  SN:  P/N  P/N:  LOT  LOT:  LOT #  REV  Rev.  MODEL:  Model  TYPE  REF
Ref:  ID:  ID  No.  NO:  BATCH  ITEM  Item#  EXP  MFG  MAC:  FCC ID:  IMEI  QTY:  PO#  Part  CODE
HW  FW  SW:  Ver  EAN  UID=  ser=""")
MEASURED = """NET GROSS MAX MIN TARE IN: OUT: INPUT: OUTPUT Load Temp T= P= U= I= f= R= pH Vol.
Total: Tot FLOW Level: Rate""".split()

# Patterns: A a capital, a a small letter, 9 a digit, X a capital or digit, x a hexadecimal digit,
# w a word, W a capitalized one; a backslash takes the next character as it is.
PLATES = listed("""AAA-9999  AA99 AAA  9AAA999  A 999 AA 99  AA-999-AA  AAA AA 999  AA A 9999
AA 99 AA 9999  A AA 99""")
PARTS = listed(r"""STM32F499AAT9  AA99  AAA999  AA9999A  AAAA99999AA  A-99/9  AA-999A/99
AAA-9999/9  99A99  999AAA9999  9\k9  99R  9M9  999n  99u  9p9  AAa999a  Aa9999aa  C99 R9
U9 Q999  J9 D99  L999""")
SERIALS = """XXXXX XXXXXXX XXXXXXXXXX 99999 9999999 9999999999 A999 AA99999 AAA99999999
XXXX-XXXX XXX-XXXXX-XXX 99-9999-99 9999-999-99""".split()
TECHNICAL = listed(r"""\w\w\w.w.net  w@w.com  http://w.io/99  +99 (999) 999-9999  999.99.9.999
xx:xx:xx:xx:xx  0\xxxxx  v9.99.9  w_9 = {99, 9};  if (w <= 99) {  ~/w/w.txt  C:\\w\\99  #w *9
[w] 99%  w|9|`a  99^9 = ?  A&B <w>  "w" (99)  AA/AA 99:9  $(w) ~ 9!  99*9+99=999  } w [9];  W! @w?
'w' -> 9  a[9] ^ a  w & w  {99}  `w`  _w_  W / W  9:9; 9,9""")


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]


def some(rng: np.random.Generator, alphabet: str, low: int, high: int) -> str:
    """A random string over `alphabet` of `low` to `high` characters."""
    count = int(rng.integers(low, high + 1))
    return "".join(alphabet[i] for i in rng.integers(len(alphabet), size=count))


def pattern(rng: np.random.Generator, text: str) -> str:
    """Fills a pattern as above."""
    alphabets = {"A": UPPER, "a": LOWER, "9": DIGITS, "X": UPPER + DIGITS, "x": "0123456789ABCDEF"}
    out, literal = [], False
    for char in text:
        if literal:
            out.append(char)
            literal = False
        elif char == "\\":
            literal = True
        elif char == "w":
            out.append(word(rng))
        elif char == "W":
            out.append(word(rng).capitalize())
        else:
            out.append(pick(rng, alphabets[char]) if char in alphabets else char)
    return "".join(out)


def digits(rng: np.random.Generator) -> str:
    return some(rng, DIGITS, 1, 10)


def decimal(rng: np.random.Generator) -> str:
    point = "." if rng.random() < 0.85 else ","
    return some(rng, DIGITS, 1, 4) + point + some(rng, DIGITS, 1, 3)


def quantity(rng: np.random.Generator) -> str:
    def one() -> str:
        value = decimal(rng) if rng.random() < 0.5 else some(rng, DIGITS, 1, 4)
        sign = pick(rng, ("",) * 6 + ("-", "+", "~", "<", ">", "+/-"))
        return sign + value + pick(rng, ("", "", " ")) + pick(rng, UNITS)

    shape = rng.random()
    if shape < 0.3:
        return one()
    if shape < 0.6:
        label = pick(rng, MEASURED)
        return label + ("" if label.endswith("=") else " ") + one()
    between = pick(rng, (" ", " ", " / ", "/", " - ", "; "))
    return between.join(one() for _ in range(rng.integers(2, 4)))


def money(rng: np.random.Generator) -> str:
    sign = pick(rng, ("$", "$", "$", "$ ", "USD ", "EUR ", "-$", "@ $"))
    return f"{sign}{rng.integers(0, 2000)}.{rng.integers(0, 100):02d}"


_DATES = listed("""{y}-{m:02d}-{d:02d}  {d:02d}/{m:02d}/{brief:02d}  {d:02d}.{m:02d}.{y}
{m:02d}/{d:02d}/{y}  {d} {short} {y}  {d:02d} {short} {y}  {short} {d}, {y}  {m:02d}/{y}
{y}/{m:02d}/{d:02d}  {y}{m:02d}{d:02d}  '{brief:02d} {short}""")


def date(rng: np.random.Generator) -> str:
    year, month, day = (int(rng.integers(*span)) for span in ((1998, 2036), (1, 13), (1, 32)))
    short, brief = pick(rng, MONTHS), year % 100
    if rng.random() < 0.3:
        short = short.capitalize()
    text = pick(rng, _DATES).format(y=year, m=month, d=day, short=short, brief=brief)
    return pick(rng, ("",) * 6 + ("EXP ", "MFG ", "BEST BEFORE ", "Date: ", "USE BY ")) + text


_CLOCKS = listed("""{h:02d}:{m:02d}  {h:02d}:{m:02d}:{s:02d}  {twelve}:{m:02d} {half}
{h:02d}h{m:02d}  {m:02d}'{s:02d}"  T+{h:02d}:{m:02d}""")


def clock(rng: np.random.Generator) -> str:
    hour, minute, second = (int(rng.integers(below)) for below in (24, 60, 60))
    half = "AM" if hour < 12 else "PM"
    how = pick(rng, _CLOCKS)
    return how.format(h=hour, m=minute, s=second, twelve=hour % 12 or 12, half=half)


def serial(rng: np.random.Generator) -> str:
    body = pattern(rng, pick(rng, SERIALS))
    if rng.random() < 0.35:
        return body
    label = pick(rng, LABELS)
    return label + ("" if label.endswith(("=", "#")) else " ") + body


def part(rng: np.random.Generator) -> str:
    return pattern(rng, pick(rng, PARTS))


def plate(rng: np.random.Generator) -> str:
    return pattern(rng, pick(rng, PLATES))


def technical(rng: np.random.Generator) -> str:
    return pattern(rng, pick(rng, TECHNICAL))


def pronounceable(rng: np.random.Generator) -> str:
    consonants, vowels = "bcdfghjklmnpqrstvwxyzthchshstckngrlndnt", "aeiouaeiouyeaooai"
    return "".join(
        some(rng, consonants, 1, 2) + pick(rng, vowels) for _ in range(rng.integers(1, 4))
    )


def word(rng: np.random.Generator) -> str:
    return pronounceable(rng) if rng.random() < 0.25 else pick(rng, WORDS)


def words(rng: np.random.Generator) -> str:
    found = [word(rng) for _ in range(pick(rng, (1, 1, 1, 2, 2, 3, 4)))]
    case = rng.random()
    if case < 0.3:
        found = [one.upper() for one in found]
    elif case < 0.55:
        found = [one.capitalize() for one in found]
    text, extra = " ".join(found), rng.random()
    if extra < 0.22:
        text += pick(rng, ".....!?:,;")
    elif extra < 0.28:
        around = pick(rng, ("()", "[]", '""', "''", "<>", "{}", "**", "__", "--", "`'"))
        text = around[0] + text + around[1]
    elif extra < 0.33:
        between = pick(rng, ("&", "/", "-", "_", "'s ", " + ", "@", "|", " & "))
        text = between.join(found[:2] + [word(rng)])
    return text


def alnum(rng: np.random.Generator) -> str:
    return some(rng, UPPER + DIGITS, 3, 10)


def mixed(rng: np.random.Generator) -> str:
    return some(rng, UPPER + LOWER + DIGITS, 3, 10)


def upper(rng: np.random.Generator) -> str:
    return some(rng, UPPER, 3, 10)


def lower(rng: np.random.Generator) -> str:
    return some(rng, LOWER, 3, 10)


def flat(rng: np.random.Generator) -> str:
    """Small letters without any tall one: only their weight tells them from capitals."""
    return some(rng, "acemnorsuvwxz", 2, 9)


def printable(rng: np.random.Generator) -> str:
    return " ".join(some(rng, PRINTABLE, 2, 7) for _ in range(pick(rng, (1, 1, 2))))


def punctuated(rng: np.random.Generator) -> str:
    """Rare characters among common ones, whose size tells theirs."""
    common = pick(rng, (DIGITS, UPPER, LOWER, LOWER + UPPER))
    return some(rng, PUNCTUATION * 2 + common * 2, 3, 9)


_SHOWN = """Err HELP LoAd HALt dEAd FULL CAL tArE PUL FUEL HoLd dAtE ALErt Auto CLEAr rEAdy run
End PLAY out LAP cool HEAt PAUd""".split()


def readout(rng: np.random.Generator) -> str:
    """What measuring instruments and clocks show."""
    number = some(rng, DIGITS, 1, 6)
    point = int(rng.integers(1, len(number) + 1))
    number = number[:point] + (("." + number[point:]) if number[point:] else "")
    minutes = f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"
    day = f"{rng.integers(1, 32):02d}-{rng.integers(1, 13):02d}"
    return pick(
        rng,
        (
            number,
            number,
            number,
            "-" + number,
            number + pick(rng, "CFAHPLEdbno"),
            number + " " + pick(rng, UNITS),
            minutes,
            minutes,
            f"{minutes}:{rng.integers(0, 60):02d}",
            day,
            f"{day}-{rng.integers(10, 40)}",
            f"{pick(rng, 'EFPACdUH')}{rng.integers(0, 100):02d}",
            pick(rng, _SHOWN),
        ),
    )


def seven(rng: np.random.Generator) -> str:
    """Any characters that seven segments show, so that none is rare."""
    return some(rng, "AbCcdEFHhJLnoPrtUu-_=" + DIGITS, 3, 8)


def fourteen(rng: np.random.Generator) -> str:
    """Any characters that fourteen segments show."""
    return some(rng, UPPER * 2 + DIGITS * 2 + "-+*/\\_=$<>|", 3, 8)


def pair(rng: np.random.Generator) -> str:
    """Two short words, so that a space is no matter of length: "A 1", "TANK 3", "CAM ONE"."""
    case = pick(rng, (str.upper, str.upper, str.capitalize, str.lower))

    def letters() -> str:
        return pick(
            rng,
            (
                some(rng, UPPER, 1, 1),
                some(rng, UPPER, 1, 3),
                case(word(rng)[:6]),
                case(word(rng)[:6]),
            ),
        )

    def number() -> str:
        return some(rng, DIGITS, 1, pick(rng, (1, 2, 4)))

    shape = rng.random()
    if shape < 0.5:
        return f"{letters()} {number()}"
    if shape < 0.65:
        return f"{number()} {letters()}"
    return f"{letters()} {letters()}" if shape < 0.9 else f"{number()} {number()}"


KINDS = {
    "pair": pair,
    "readout": readout,
    "seven": seven,
    "fourteen": fourteen,
    "words": words,
    "digits": digits,
    "decimal": decimal,
    "quantity": quantity,
    "money": money,
    "date": date,
    "clock": clock,
    "serial": serial,
    "part": part,
    "plate": plate,
    "technical": technical,
    "alnum": alnum,
    "mixed": mixed,
    "upper": upper,
    "lower": lower,
    "flat": flat,
    "printable": printable,
    "punctuated": punctuated,
}

# `natural` is near what users show a board; `balanced` gives each of the 94 characters enough
# samples; `even` is half of each.
MIXES: dict[str, dict[str, float]] = {
    "natural": _shares("""words 27 digits 7 decimal 4 quantity 6 money 3 date 6 clock 3 serial 9
part 5 plate 5 technical 1 alnum 9 mixed 5 upper 6 lower 7 flat 2 printable 7"""),
    "balanced": _shares("""words 14 digits 5 decimal 3 quantity 6 money 2 date 4 clock 3
serial 6 part 4 plate 4 technical 6 alnum 6 mixed 9 upper 6 lower 7 flat 2 printable 17
punctuated 12"""),
    # What displays show, by the shapes they have.
    "seven": {"readout": 75, "seven": 25},
    "fourteen": {"readout": 30, "fourteen": 25, "upper": 20, "alnum": 25},
}
MIXES["even"] = {
    kind: sum(mix.get(kind, 0) / sum(mix.values()) for mix in MIXES.values())
    for kind in KINDS
    if kind != "pair"
}


# As lines are read, with spaces where a line's length doesn't tell them.
MIXES["lines"] = MIXES["even"] | {"pair": 0.5 * sum(MIXES["even"].values())}


class Lines:
    """Draws lines of text after one of the mixes, of the characters of `alphabet` alone."""

    def __init__(self, mix: str = "balanced", alphabet: str = PRINTABLE) -> None:
        total, seen = sum(MIXES[mix].values()), 0.0
        self.alphabet = alphabet
        self._edges: list[tuple[float, str]] = []
        for kind, share in MIXES[mix].items():
            seen += share / total
            self._edges.append((seen, kind))

    def kind(self, rng: np.random.Generator) -> str:
        draw = rng.random()
        return next((kind for edge, kind in self._edges if draw < edge), self._edges[-1][1])

    def line(self, rng: np.random.Generator, kind: str, lacks: str = "") -> str:
        """A line of `kind` without the characters `lacks`; never empty.

        Raises ValueError if the alphabet holds no other characters.
        """
        narrow = self.alphabet != PRINTABLE
        for _ in range(8):
            whole = KINDS[kind](rng)
            text = " ".join(whole.split())
            if narrow:
                # What is left of a line serves if it is still most of one.
                text = "".join(c for c in whole if c == " " or c in self.alphabet)
                text = " ".join(text.split())
                if 2 * len(text) < len(whole):
                    continue
            if text and not any(c in lacks for c in text):
                return text
        usual = self.alphabet if narrow else UPPER + DIGITS
        left = "".join(c for c in usual if c not in lacks)
        if not left:
            raise ValueError("none of the alphabet's characters can be drawn")
        return some(rng, left, *((1, 8) if narrow else (3, 8)))


ALPHABETS = {
    "digits": DIGITS,
    "upper": UPPER,
    "lower": LOWER,
    "letters": UPPER + LOWER,
    "alnum": DIGITS + UPPER + LOWER,
    "upper+digits": DIGITS + UPPER,
    "hex": DIGITS + "ABCDEF",
    "printable": PRINTABLE,
}


def alphabet(text: str) -> str:
    """The characters meant by a name of ALPHABETS or written out, sorted.

    Raises ValueError for what is not printable ASCII.
    """
    chars = "".join(sorted(set(ALPHABETS.get(text, text)) - {" "}))
    unknown = [c for c in chars if c not in PRINTABLE]
    if unknown or not chars:
        raise ValueError(
            f"an alphabet is {', '.join(ALPHABETS)} or printable ASCII characters"
            + (f", not {unknown[0]!r}" if unknown else "")
        )
    return chars
