"""Finds the weights from which the probability follows that a line that was read is print.

  scripts/python measure.tune.confidence SCRIBE FOLDER... [--write]

Reads folders of labelled pictures with `scribe evaluate --features`, which keeps all that looks
like a line. A line is print if half of its characters stand in one line that is there. Fits a
logistic regression on two thirds of the pictures, by a hash of their names, and tells how well it
parts the others. The least probability of print is then the one with which something is read on one
in 250 of the text-free pictures. `--write` puts both into Sources/7-Text/PrintWeights.swift, and in
integers into the header of the boards' recognizer.
"""

import argparse
import hashlib
import math
import re
import sys
import textwrap
from pathlib import Path

import numpy as np

from measure import labelled
from measure.programs import ROOT, records

TARGET = ROOT / "Sources" / "7-Text" / "PrintWeights.swift"
HEADER = ROOT / "firmware-proto" / "src" / "scribe_recognizer_weights.h"
ONE_Q12 = 4096
GHOSTS = 0.004  # share of text-free pictures on which something may be read
PENALTY = 1.0  # of the squared weights but the constant's, against fitting chance


def swift_text(weights: np.ndarray, least: float) -> str:
    """The weights for the host."""
    return (
        "/// What each of `LineFeatures.names` counts for a line being print.\n"
        "///\n"
        "/// Written by `scripts/python measure.tune.confidence`: not to be changed by hand.\n"
        "package enum PrintWeights {\n"
        "  /// The least probability of print.\n"
        f"  package static let least = {least:.2f}\n"
        "  package static let values: [Double] = [\n"
        + "".join(f"    {v:.4f},\n" for v in weights)
        + "  ]\n}\n"
    )


def written(swift: str) -> tuple[list[float], float]:
    """The weights and the least probability that the host's text holds."""
    least = re.search(r"least = ([\d.]+)$", swift, re.M)
    assert least is not None
    return [float(v) for v in re.findall(r"^ +(-?[\d.]+),$", swift, re.M)], float(least[1])


def c_text(weights: list[float], least: float) -> str:
    """The weights for boards, in integers."""
    odds = round(math.log(least / (1 - least)) * ONE_Q12)
    values = ", ".join(str(round(v * ONE_Q12)) for v in weights)
    lines = textwrap.wrap(values, 94, initial_indent="    ", subsequent_indent="    ")
    return (
        "/* Weights of a line's features for it being print, as PrintWeights on the host.\n"
        " *\n"
        " * Written by `scripts/python measure.tune.confidence`: not to be changed by hand. */\n"
        "#ifndef SCRIBE_RECOGNIZER_WEIGHTS_H\n"
        "#define SCRIBE_RECOGNIZER_WEIGHTS_H\n"
        "\n"
        "#include <stdint.h>\n"
        "\n"
        f"enum {{ SCRIBE_RECOGNIZER_FEATURES = {len(weights)} }};\n"
        "\n"
        "/* The logarithm of the least odds of print. */\n"
        f"enum {{ SCRIBE_RECOGNIZER_LEAST_ODDS_Q12 = {odds} }};\n"
        "\n"
        "static const int32_t scribe_recognizer_weights_q12[SCRIBE_RECOGNIZER_FEATURES] = {\n"
        + "\n".join(lines)
        + "};\n\n#endif\n"
    )


def lines_of(scribe: str, folder: str) -> tuple[list[tuple[str, list[float], bool]], list[str]]:
    """(picture, features, whether it is print) of each line that was read; the pictures that have
    no text."""
    found = []
    for record in records([scribe, "evaluate", "--json", "--features", folder]):
        for line in record.get("lines", []) if "image" in record else []:
            found.append((f"{folder}/{record['image']}", line["features"], line["print"]))
    truth = labelled.load(Path(folder))
    return found, [f"{folder}/{name}" for name, about in truth.items() if not about["text"].strip()]


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Newton's method."""
    w = np.zeros(x.shape[1])
    penalty = np.full(x.shape[1], PENALTY)
    penalty[0] = 0
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (p - y) + penalty * w
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-6)
        step = np.linalg.solve(curvature, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w


def held_out(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % 3 == 0


def probabilities(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x @ w))


def least_print(names: list[str], p: np.ndarray, empty: list[str]) -> float:
    """The probability that GHOSTS of the text-free pictures reach with some line."""
    greatest = dict.fromkeys(empty, 0.0)
    for name, value in zip(names, p):
        if name in greatest:
            greatest[name] = max(greatest[name], float(value))
    ranked = sorted(greatest.values(), reverse=True)
    return round(ranked[int(GHOSTS * len(ranked))] + 0.005, 2) if ranked else 0.5


def report(x: np.ndarray, y: np.ndarray, w: np.ndarray, least: float) -> str:
    p = probabilities(x, w)
    kept = p >= least
    return (
        f"{len(y)} lines, {int(y.sum())} print; kept {100 * kept[y].mean():.2f} % of print and "
        f"{100 * kept[~y].mean():.2f} % of the rest; log loss "
        f"{-np.log(np.where(y, p, 1 - p).clip(1e-9)).mean():.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python measure.tune.confidence",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scribe")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows, empty = [], []
    for folder in options.folders:
        found, without = lines_of(options.scribe, folder)
        rows += found
        empty += without
        print(
            f"{folder}: {len(found)} lines, {sum(line[2] for line in found)} print", file=sys.stderr
        )
    x = np.array([row[1] for row in rows])
    y = np.array([row[2] for row in rows])
    out = np.array([held_out(row[0]) for row in rows])
    w = fit(x[~out], y[~out].astype(float))
    least = least_print([row[0] for row in rows], probabilities(x, w), empty)
    print(
        f"least probability {least:.2f}: read on {GHOSTS:.1%} of {len(empty)} pictures without text"
    )
    print("fitted on", report(x[~out], y[~out], w, least))
    print("held out", report(x[out], y[out], w, least))
    if options.write:
        TARGET.write_text(swift_text(w, least))
        HEADER.write_text(c_text(*written(TARGET.read_text())))


if __name__ == "__main__":
    main()
