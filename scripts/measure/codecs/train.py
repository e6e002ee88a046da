"""Makes the bilevel coder's table: how likely paper is in each context, and how fast to learn.

Writes it where it is needed: scribe_bilevel_table.h, BilevelTable.swift and PROTOCOL.md. Counts
pixels over synthetic pages and labels, cut to black and white. Deterministic: the same fonts,
OpenCV and FreeType give the same table.
"""

import argparse
from collections.abc import Iterator

import numpy as np

from measure.codecs import compare, pages
from measure.programs import ROOT

HEADER = ROOT / "firmware-proto/src/scribe_bilevel_table.h"
SWIFT = ROOT / "Sources/3-Images/BilevelTable.swift"
PROTOCOL = ROOT / "firmware-proto/PROTOCOL.md"
PIXELS = 1024
CONTEXTS = PIXELS + 2  # two of rows like the one expected
LEVELS = 32  # of probability, evenly spread in the logarithm of the odds
STEEPEST = 9.0
RATES = range(2, 8)
USUAL_RATE = 4
RARE = 16  # bits that another rate must save in all pages before it is believed


def shifted(image: np.ndarray, dy: int, dx: int) -> np.ndarray:
    """The pixel `dy` rows down and `dx` columns right of each one; paper outside."""
    height, width = image.shape
    padded = np.zeros((height + 4, width + 6), image.dtype)
    padded[2:-2, 3:-3] = image
    return padded[2 + dy : 2 + dy + height, 3 + dx : 3 + dx + width]


def contexts(image: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """The ten pixels of each pixel's context, as the coder numbers them."""
    if reference is None:
        far, near = (image, -2), (image, -1)
    else:
        far, near = (image, -1), (reference, 0)
    bits = [(far, dx) for dx in (-1, 0, 1)] + [(near, dx) for dx in (-2, -1, 0, 1)]
    context = np.zeros(image.shape, np.uint16)
    for (plane, dy), dx in bits:
        context = context << 1 | shifted(plane, dy, dx)
    for dx in (-3, -2, -1):
        context = context << 1 | shifted(image, 0, dx)
    return context


def decisions(image: np.ndarray, reference: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Each slice's decisions as 2 * context + outcome, in the coder's order within a context."""
    for start, end in compare.good_ends(image, 32):
        rows = image[start:end]
        kept = None if reference is None else reference[start:end]
        expected = shifted(rows, -1, 0) if kept is None else kept
        # Rows like the one they are expected to be cost one decision, and no pixel.
        coded = (rows != expected).any(axis=1)
        alike = PIXELS + 1 - np.concatenate(([0], coded[:-1])).astype(np.uint16)
        pixels = contexts(rows, kept)[coded].ravel() * 2 + rows[coded].ravel()
        yield np.concatenate((pixels, alike * 2 + coded)).astype(np.uint16)


def costs(slices: list[np.ndarray], start: np.ndarray, rate: int) -> np.ndarray:
    """Bits that each context costs in all slices if its state starts there and learns so fast."""
    # Sequences of one context in one slice, the longest first: their k-th decisions go together.
    total = np.zeros(CONTEXTS)
    for first in range(0, len(slices), 200):
        part = slices[first : first + 200]
        number = np.repeat(np.arange(len(part)), [len(one) for one in part])
        coded = np.concatenate(part)
        key = number * CONTEXTS + (coded >> 1)
        order = np.argsort(key, kind="stable")
        bits = (coded & 1)[order].astype(bool)
        keys, begin, length = np.unique(key[order], return_index=True, return_counts=True)
        longest = np.argsort(-length, kind="stable")
        begin, length, context = begin[longest], length[longest], keys[longest] % CONTEXTS
        paper = start[context].astype(np.int64)
        spent = np.zeros(len(paper))
        active = np.searchsorted(-length, -np.arange(1, length[0] + 1), side="right")
        for k, count in enumerate(active):
            p, ink = paper[:count], bits[begin[:count] + k]
            spent[:count] -= np.log2(np.where(ink, 65536 - p, p) / 65536)
            paper[:count] = np.where(ink, p - (p >> rate), p + ((65536 - p) >> rate))
        total += np.bincount(context, spent, CONTEXTS)
    return total


def entries(slices: list[np.ndarray]) -> np.ndarray:
    """The table for these: level and rate of each context."""
    totals = np.sum([np.bincount(one, minlength=2 * CONTEXTS) for one in slices], 0).reshape(-1, 2)
    level = quantize(totals)
    start = levels()[level]
    spent = [costs(slices, start, rate) + RARE * abs(rate - USUAL_RATE) for rate in RATES]
    return np.array(RATES)[np.argmin(spent, axis=0)] << 5 | level


def samples(seed: int, amount: int) -> Iterator[list[np.ndarray]]:
    """Pairs of images of one sheet, a moment apart."""
    fonts = pages.fonts.select(exclude=pages.HELD_OUT)
    weights = np.array([font.weight for font in fonts])
    weights /= weights.sum()
    for index in range(amount):
        rng = np.random.default_rng((seed, index))
        font = fonts[rng.choice(len(fonts), p=weights)]
        small = rng.random() < 0.25
        width, height = (160, 120) if small else (320, 240)
        size = np.exp(rng.uniform(np.log(7), np.log(16 if small else 28)))
        setting = pages.Setting(
            width,
            height,
            size,
            spacing=rng.uniform(1.1, 1.6),
            margin=int(rng.integers(4, 16)),
            fill=rng.uniform(0.3, 1),
            angle=rng.normal(0, 1.5),
        )
        sheet = pages.ink(rng, font, setting)
        look = dict(
            contrast=rng.uniform(0.4, 0.85),
            blur=rng.uniform(0.4, 1.2),
            noise=np.exp(rng.uniform(np.log(0.7), np.log(6))),
        )
        state = rng.bit_generator.state
        # The cut is the same, the noise is not.
        pair = [pages.photograph(rng, sheet, **look) for _ in range(2)]
        rng.bit_generator.state = state
        cut = rng.uniform(0.9, 1.1)
        yield [compare.binarize(gray, cut).astype(np.uint16) for gray in pair]


def levels() -> np.ndarray:
    logit = np.linspace(-STEEPEST, STEEPEST, LEVELS)
    return np.clip(np.round(65536 / (1 + np.exp(-logit))), 64, 65472).astype(int)


def quantize(totals: np.ndarray) -> np.ndarray:
    """The level nearest to each context's odds of paper."""
    # A context that never came is as likely ink as its pixels are: few guesses for each.
    paper = totals[:, 0] + 0.4
    inked = totals[:, 1] + 0.4
    logit = np.log(paper / inked)
    step = 2 * STEEPEST / (LEVELS - 1)
    return np.clip(np.round((logit + STEEPEST) / step), 0, LEVELS - 1).astype(int)


def lines(numbers: np.ndarray, columns: int) -> Iterator[str]:
    for start in range(0, len(numbers), columns):
        yield "    " + ", ".join(str(n) for n in numbers[start : start + columns]) + ","


def header(tables: list[np.ndarray]) -> str:
    level = "\n".join(lines(levels(), 12))
    within, against = ("\n".join(lines(table, 20)) for table in tables)
    return f"""\
/* Made by scripts/python measure.codecs.train. Do not edit. */

/* How likely paper is, of 65536. */
static const uint16_t scribe_bilevel_level[{LEVELS}] = {{
{level}
}};

/* Each context's level to start from and, times 32, its rate: within an image, and against the
 * last one. */
static const uint8_t scribe_bilevel_table[2][{CONTEXTS}] = {{
  {{
{within}
  }},
  {{
{against}
  }},
}};
"""


def rows_of_digits(table: np.ndarray, indent: str) -> list[str]:
    text = "".join(f"{entry:02x}" for entry in table)
    return [indent + text[start : start + 64] for start in range(0, len(text), 64)]


def swift(tables: list[np.ndarray]) -> str:
    level = "\n".join(lines(levels(), 12))
    within, against = ("\n".join(rows_of_digits(table, "    ")) for table in tables)
    return f'''\
// Made by scripts/python measure.codecs.train. Do not edit.

/// What the bilevel coder's states start from.
enum BilevelTable {{
  /// How likely paper is, of 65536.
  private static let levels: [UInt16] = [
{level}
  ]

  private static let within = parse(
    """
{within}
    """)

  private static let against = parse(
    """
{against}
    """)

  /// For each context the level that its state starts from and, times 32, its rate.
  static func entries(inter: Bool) -> [UInt8] {{ inter ? against : within }}

  static func states(_ entries: [UInt8]) -> [UInt16] {{
    entries.map {{ levels[Int($0 & 31)] }}
  }}

  private static func parse(_ text: StaticString) -> [UInt8] {{
    text.withUTF8Buffer {{ bytes in
      let digits = bytes.compactMap {{ byte -> UInt8? in
        switch byte {{
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }}
      }}
      return stride(from: 0, to: digits.count - 1, by: 2).map {{
        digits[$0] << 4 | digits[$0 + 1]
      }}
    }}
  }}
}}
'''


def document(text: str, tables: list[np.ndarray]) -> str:
    """The protocol's text with these tables in the place of those that it has."""
    for name, table in zip(("within", "against"), tables):
        head, rest = text.split(f"```{name}\n", 1)
        tail = rest.split("```", 1)[1]
        text = head + f"```{name}\n" + "\n".join(rows_of_digits(table, "")) + "\n```" + tail
    return text


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python measure.codecs.train", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=400)
    options = parser.parse_args()
    within: list[np.ndarray] = []
    against: list[np.ndarray] = []
    for first, second in samples(options.seed, options.samples):
        within += decisions(first)
        against += decisions(second, first)
    tables = [entries(within), entries(against)]
    HEADER.write_text(header(tables))
    SWIFT.write_text(swift(tables))
    PROTOCOL.write_text(document(PROTOCOL.read_text(), tables))
    print(f"counted {sum(map(len, within))} and {sum(map(len, against))} decisions")


if __name__ == "__main__":
    main()
