"""Learning curve, confusions, and what is confused most."""

import csv
import pathlib

import matplotlib
import numpy

matplotlib.use("Agg")
from matplotlib import pyplot

# Shapes that only height, position and neighbours tell apart, as one class.
SAME_SHAPE = ["Il|1", "O0o", "Cc", "Kk", "Pp", "Ss", "Uu", "Vv", "Ww", "Xx", "Zz", ",'`", "-_"]

# What a README shows of what is written here.
SHOWN = "![Accuracy while training](curve.png)\n![Confusions](confusion.png)"
Point = tuple[str, int, float | None, float, float]  # phase, samples, loss, accuracy, seconds
TIERS = ["clean", "typical", "hard"]


def merged(labels: list[str]) -> numpy.ndarray:
    """For each label the first one of its shape."""
    result = list(range(len(labels)))
    for group in SAME_SHAPE:
        members = [labels.index(label) for label in group if label in labels]
        for member in members:
            result[member] = members[0]
    return numpy.array(result)


def code(name: str) -> str:
    """A label in Markdown."""
    return f"`` {name} ``" if "`" in name else f"`{name}`"


def write_reports(
    folder: pathlib.Path,
    labels: list[str],
    truth: numpy.ndarray,
    found: numpy.ndarray,
    tiers: numpy.ndarray,
    curve: list[Point],
) -> str:
    """Writes curve.csv, curve.png, confusion.csv and confusion.png; returns Markdown."""
    names = [label or "reject" for label in labels]
    counts = numpy.zeros((len(labels), len(labels)), int)
    numpy.add.at(counts, (truth, found), 1)
    write_curve(folder, curve)
    write_confusion(folder, names, counts)

    lines = []
    shape = merged(labels)
    if len(labels) > 10:
        same = numpy.mean(shape[truth] == shape[found])
        lines.append(f"Same-shape classes merged: {100 * same:.2f} %.")
    if "" in labels:
        reject = labels.index("")
        real = truth != reject
        if real.any() and (~real).any():
            lines.append(
                f"Characters {100 * numpy.mean(found[real] == truth[real]):.2f} %; "
                f"{100 * numpy.mean(found[~real] == reject):.2f} % of the rejects found, "
                f"{100 * numpy.mean(found[real] == reject):.2f} % of the characters rejected."
            )
    if tiers.max() > 0:
        shares = [
            f"{TIERS[tier] if tier < len(TIERS) else tier} "
            f"{100 * numpy.mean(found[tiers == tier] == truth[tiers == tier]):.2f} %"
            for tier in numpy.unique(tiers)
        ]
        lines.append(f"By tier of the pictures: {', '.join(shares)}.")
    lines.append(confusion_words(names, counts))
    total = counts.sum(1)
    with numpy.errstate(invalid="ignore"):
        share = numpy.where(total > 0, counts.diagonal() / numpy.maximum(total, 1), 1)
    worst = ", ".join(f"{code(names[i])} {100 * share[i]:.1f} %" for i in numpy.argsort(share)[:12])
    lines.append(f"Least accurate classes: {worst}.")
    return "\n\n".join(lines)


def confusion_words(names: list[str], counts: numpy.ndarray) -> str:
    """The most frequent confusions, as a sentence."""
    wrong = counts.copy()
    numpy.fill_diagonal(wrong, 0)
    order = numpy.argsort(wrong, axis=None)[::-1][:16]
    pairs = [(i // len(names), i % len(names)) for i in order]
    shown = ", ".join(
        f"{code(names[i])} as {code(names[j])} {wrong[i, j]}" for i, j in pairs if wrong[i, j]
    )
    return f"Most frequent confusions: {shown or 'none'}."


def write_curve(folder: pathlib.Path, curve: list[Point]) -> None:
    with open(folder / "curve.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["phase", "samples", "loss", "accuracy", "seconds"])
        for phase, samples, loss, accuracy, seconds in curve:
            writer.writerow(
                [
                    phase,
                    samples,
                    "" if loss is None else f"{loss:.4f}",
                    f"{accuracy:.5f}",
                    round(seconds),
                ]
            )
    figure, axes = pyplot.subplots(figsize=(7, 3.5), dpi=100)
    offset, positive = 0.0, False
    for phase in ("float", "int8"):
        points = [(p[1] / 1e6, 100 * (1 - p[3])) for p in curve if p[0] == phase]
        if not points:
            continue
        axes.plot([offset + x for x, _ in points], [y for _, y in points], marker=".", label=phase)
        offset += points[-1][0]
        positive = positive or any(y > 0 for _, y in points)
    scale = "log" if positive else "linear"
    axes.set(xlabel="million samples", ylabel="errors, % of what is held out", yscale=scale)
    axes.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.yaxis.set_minor_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "curve.png")
    pyplot.close(figure)


def write_confusion(folder: pathlib.Path, names: list[str], counts: numpy.ndarray) -> None:
    with open(folder / "confusion.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["truth", "found", "count"])
        for i, j in zip(*numpy.nonzero(counts)):
            if i != j:
                writer.writerow([names[i], names[j], counts[i, j]])
    share = counts / numpy.maximum(counts.sum(1, keepdims=True), 1)
    size = max(4, len(names) * 0.14)
    figure, axes = pyplot.subplots(figsize=(size, size), dpi=80)
    axes.imshow(numpy.sqrt(share), cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    shown = ["¬" if name == "reject" else name for name in names]
    ticks = range(len(names))
    axes.set_xticks(ticks, [name.replace("$", r"\$") for name in shown], fontsize=6)
    axes.set_yticks(ticks, [name.replace("$", r"\$") for name in shown], fontsize=6)
    axes.set(xlabel="found", ylabel="truth", title="Share of each class (square root)")
    figure.tight_layout()
    figure.savefig(folder / "confusion.png")
    pyplot.close(figure)
