"""Texts as labels, plates and displays carry them: lines of printable ASCII."""
import string
from pathlib import Path

from fonts import PRINTABLE

WORDS = (Path(__file__).resolve().parent / "words.txt").read_text().split()
DIGITS, UPPER, LOWER = string.digits, string.ascii_uppercase, string.ascii_lowercase
PUNCTUATION = "".join(c for c in PRINTABLE if not c.isalnum())
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
UNITS = ("V", "A", "W", "mA", "mV", "kW", "Hz", "kHz", "MHz", "uF", "nF", "pF", "mH", "kg", "g", "mg",
         "mm", "cm", "m", "km", "km/h", "C", "F", "K", "bar", "Pa", "hPa", "kPa", "psi", "%", "%RH",
         "L", "ml", "m3", "kWh", "Wh", "Ah", "mAh", "VA", "dB", "dBm", "lm", "lx", "s", "ms", "us",
         "min", "h", "rpm", "oz", "lb", "ft", "in", "GB", "MB", "kB", "ppm", "N", "Nm", "J", "ohm", "k", "R")
LABELS = ("S/N:", "SN", "SN:", "P/N", "P/N:", "LOT", "LOT:", "LOT #", "REV", "Rev.", "MODEL:", "Model",
          "TYPE", "REF", "Ref:", "ID:", "ID", "No.", "NO:", "BATCH", "ITEM", "Item#", "EXP", "MFG", "MAC:",
          "FCC ID:", "IMEI", "QTY:", "PO#", "Part", "CODE", "HW", "FW", "SW:", "Ver", "EAN", "UID=", "ser=")
WORD_UNITS = ("NET", "GROSS", "MAX", "MIN", "TARE", "IN:", "OUT:", "INPUT:", "OUTPUT", "Load", "Temp", "T=",
              "P=", "U=", "I=", "f=", "R=", "pH", "Vol.", "Total:", "Tot", "FLOW", "Level:", "Rate")


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def some(rng, alphabet, low, high):
    """A random string over `alphabet` of `low` to `high` characters."""
    count = int(rng.integers(low, high + 1))
    return "".join(alphabet[i] for i in rng.integers(len(alphabet), size=count))


def digits(rng):
    return some(rng, DIGITS, 1, 10)


def decimal(rng):
    return f"{some(rng, DIGITS, 1, 4)}{'.' if rng.random() < 0.85 else ','}{some(rng, DIGITS, 1, 3)}"


def quantity(rng):
    def one():
        value = decimal(rng) if rng.random() < 0.5 else some(rng, DIGITS, 1, 4)
        sign = pick(rng, ("", "", "", "", "-", "+", "~", "<", ">", "+/-"))
        return sign + value + pick(rng, ("", "", " ")) + pick(rng, UNITS)
    shape = rng.random()
    if shape < 0.3:
        return one()
    if shape < 0.6:
        label = pick(rng, WORD_UNITS)
        return label + ("" if label.endswith("=") else " ") + one()
    return pick(rng, (" ", " ", " / ", "/", " - ", "; ")).join(one() for _ in range(rng.integers(2, 4)))


def money(rng):
    amount = f"{rng.integers(0, 2000)}.{rng.integers(0, 100):02d}"
    return pick(rng, ("$", "$", "$", "$ ", "USD ", "EUR ", "-$", "@ $")) + amount


def date(rng):
    year, month, day = int(rng.integers(1998, 2036)), int(rng.integers(1, 13)), int(rng.integers(1, 32))
    short = pick(rng, MONTHS)
    if rng.random() < 0.3:
        short = short.capitalize()
    text = pick(rng, (f"{year}-{month:02d}-{day:02d}", f"{day:02d}/{month:02d}/{year % 100:02d}",
                      f"{day:02d}.{month:02d}.{year}", f"{month:02d}/{day:02d}/{year}", f"{day} {short} {year}",
                      f"{day:02d} {short} {year}", f"{short} {day}, {year}", f"{month:02d}/{year}",
                      f"{year}/{month:02d}/{day:02d}", f"{year}{month:02d}{day:02d}", f"'{year % 100:02d} {short}"))
    return pick(rng, ("", "", "", "EXP ", "MFG ", "BEST BEFORE ", "Date: ", "USE BY ")) + text


def clock(rng):
    hour, minute, second = int(rng.integers(24)), int(rng.integers(60)), int(rng.integers(60))
    return pick(rng, (f"{hour:02d}:{minute:02d}", f"{hour:02d}:{minute:02d}:{second:02d}",
                      f"{hour % 12 or 12}:{minute:02d} {'AM' if hour < 12 else 'PM'}",
                      f"{hour:02d}h{minute:02d}", f"{minute:02d}'{second:02d}\"", f"T+{hour:02d}:{minute:02d}"))


def serial(rng):
    body = pick(rng, (some(rng, UPPER + DIGITS, 5, 10), some(rng, DIGITS, 5, 10),
                      some(rng, UPPER, 1, 3) + some(rng, DIGITS, 3, 8),
                      "-".join(some(rng, UPPER + DIGITS, 3, 5) for _ in range(rng.integers(2, 4))),
                      some(rng, DIGITS, 2, 4) + "-" + some(rng, DIGITS, 3, 5) + "-" + some(rng, DIGITS, 2, 2)))
    label = pick(rng, LABELS) if rng.random() < 0.65 else ""
    return f"{label}{'' if label.endswith(('=', '#')) or not label else ' '}{body}"


def part(rng):
    a, d = UPPER, DIGITS
    return pick(rng, (f"STM32F4{some(rng, d, 2, 2)}{some(rng, a, 2, 2)}T{some(rng, d, 1, 1)}",
                      f"{some(rng, a, 2, 4)}{some(rng, d, 2, 5)}{some(rng, a, 0, 2)}",
                      f"{some(rng, a, 1, 3)}-{some(rng, d, 2, 4)}{some(rng, a, 0, 1)}/{some(rng, d, 1, 2)}",
                      f"{some(rng, d, 2, 3)}{some(rng, a, 1, 3)}{some(rng, d, 2, 4)}",
                      f"{some(rng, d, 1, 3)}{pick(rng, ('k', 'R', 'M', 'n', 'u', 'p'))}{some(rng, d, 0, 1)}",
                      f"{some(rng, a + LOWER, 2, 3)}{some(rng, d, 3, 4)}{some(rng, LOWER, 1, 2)}",
                      f"{pick(rng, 'CDJLQRU')}{some(rng, d, 1, 3)} {pick(rng, 'CDJLQRU')}{some(rng, d, 1, 3)}"))


def plate(rng):
    a, d = UPPER, DIGITS
    return pick(rng, (f"{some(rng, a, 3, 3)}-{some(rng, d, 4, 4)}", f"{some(rng, a, 2, 2)}{some(rng, d, 2, 2)} {some(rng, a, 3, 3)}",
                      f"{some(rng, d, 1, 1)}{some(rng, a, 3, 3)}{some(rng, d, 3, 3)}", f"{some(rng, a, 1, 2)} {some(rng, d, 3, 3)} {some(rng, a, 2, 2)} {some(rng, d, 2, 2)}",
                      f"{some(rng, a, 2, 2)}-{some(rng, d, 3, 3)}-{some(rng, a, 2, 2)}", f"{some(rng, a, 1, 3)} {some(rng, a, 1, 2)} {some(rng, d, 2, 4)}",
                      f"{some(rng, a, 2, 2)} {some(rng, d, 2, 2)} {some(rng, a, 2, 2)} {some(rng, d, 4, 4)}"))


def pronounceable(rng):
    consonants, vowels = "bcdfghjklmnpqrstvwxyzthchshstckngrlndnt", "aeiouaeiouyeaooai"
    return "".join(some(rng, consonants, 1, 2)[:2] + pick(rng, vowels) for _ in range(rng.integers(1, 4)))


def word(rng):
    return pronounceable(rng) if rng.random() < 0.25 else pick(rng, WORDS)


def words(rng):
    found = [word(rng) for _ in range(pick(rng, (1, 1, 1, 2, 2, 3, 4)))]
    case = rng.random()
    if case < 0.3:
        found = [w.upper() for w in found]
    elif case < 0.55:
        found = [w.capitalize() for w in found]
    text = " ".join(found)
    if rng.random() < 0.22:
        text += pick(rng, ".....!?:,;")
    elif rng.random() < 0.08:
        left, right = pick(rng, ("()", "[]", '""', "''", "<>", "{}", "**", "__", "--", "`'"))
        text = left + text + right
    elif rng.random() < 0.05:
        text = pick(rng, ("&", "/", "-", "_", "'s ", " + ", "@", "|", " & ")).join(found + [word(rng)])
    return text


def technical(rng):
    w, n = word(rng), some(rng, DIGITS, 1, 3)
    return pick(rng, (f"{w}@{word(rng)}.com", f"www.{w}.net", f"http://{w}.io/{n}", f"+{n} ({some(rng, DIGITS, 3, 3)}) {some(rng, DIGITS, 3, 3)}-{some(rng, DIGITS, 4, 4)}",
                      ".".join(str(int(v)) for v in rng.integers(0, 256, 4)), ":".join(f"{int(v):02X}" for v in rng.integers(0, 256, 5)),
                      f"0x{int(rng.integers(0, 65536)):04x}", f"v{n}.{some(rng, DIGITS, 1, 2)}.{some(rng, DIGITS, 1, 1)}", f"{w}_{n} = {{{some(rng, DIGITS, 1, 2)}, {n}}};",
                      f"if ({w[:3]} <= {n}) {{", f"~/{w}/{word(rng)}.txt", f"C:\\{w}\\{n}", f"#{w} *{n}", f"[{w}] {n}%", f"{w[:4]}|{n}|`{w[-1]}`", f"{n}^{n[0]} = ?",
                      f"A&B <{w}>", f"\"{w}\" ({n})", f"{w[:2].upper()}/{w[-2:].upper()} {n}:{n[0]}", f"$({w}) ~ {n}!", f"{n}*{n[0]}+{some(rng, DIGITS, 1, 2)}={n}"))


def alnum(rng):
    return some(rng, UPPER + DIGITS, 3, 10)


def mixed(rng):
    return some(rng, UPPER + LOWER + DIGITS, 3, 10)


def upper(rng):
    return some(rng, UPPER, 3, 10)


def lower(rng):
    return some(rng, LOWER, 3, 10)


def printable(rng):
    parts = [some(rng, PRINTABLE, 2, 7) for _ in range(pick(rng, (1, 1, 2)))]
    return " ".join(parts)


def punctuated(rng):
    """Rare characters among common ones, so that each is seen with neighbours that tell its size."""
    alphabet = PUNCTUATION * 2 + pick(rng, (DIGITS, UPPER, LOWER, LOWER + UPPER)) * 2
    return some(rng, alphabet, 3, 9)


KINDS = {"words": words, "digits": digits, "decimal": decimal, "quantity": quantity, "money": money, "date": date,
         "clock": clock, "serial": serial, "part": part, "plate": plate, "technical": technical, "alnum": alnum,
         "mixed": mixed, "upper": upper, "lower": lower, "printable": printable, "punctuated": punctuated}

# `natural` is near what users show a board; `balanced` gives each of the 94 characters enough samples.
MIXES = {
    "natural": {"words": 27, "digits": 7, "decimal": 4, "quantity": 6, "money": 3, "date": 6, "clock": 3, "serial": 9,
                "part": 5, "plate": 5, "technical": 1, "alnum": 9, "mixed": 5, "upper": 6, "lower": 7, "printable": 7,
                "punctuated": 0},
    "balanced": {"words": 15, "digits": 5, "decimal": 3, "quantity": 6, "money": 2, "date": 4, "clock": 3, "serial": 6,
                 "part": 4, "plate": 4, "technical": 6, "alnum": 6, "mixed": 9, "upper": 6, "lower": 7, "printable": 15,
                 "punctuated": 7},
}


class Lines:
    """Draws lines of text after one of the mixes."""

    def __init__(self, mix="balanced"):
        weights = MIXES[mix]
        self.kinds = list(weights)
        total = sum(weights.values())
        self.edges = []
        seen = 0
        for kind in self.kinds:
            seen += weights[kind]
            self.edges.append(seen / total)

    def kind(self, rng):
        draw = rng.random()
        return next(kind for kind, edge in zip(self.kinds, self.edges) if draw < edge)

    def line(self, rng, kind, lacks=""):
        """A line of `kind` without the characters `lacks`; never empty."""
        for _ in range(8):
            text = " ".join(KINDS[kind](rng).split())
            if text and not any(c in lacks for c in text):
                return text
        return some(rng, UPPER + DIGITS, 3, 8)
