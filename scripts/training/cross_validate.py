"""Trains a line reader anew for each part of the font families, without that part, and measures
it there: how much the figures owe to the families that happen to be held out.

    scripts/python training.cross_validate line --data .data/lines --steps 1500

Families of one lineage, near copies of each other, stay together. Short trainings suffice to see
the spread; their level is not that of the shipped model. Prints a Markdown table.
"""

import argparse
import sys

import numpy

from training.line_report import evaluate
from training.recipe import ROOT
from training.train_lines import LineRun

FONTS = ROOT / "scripts" / "dataset" / "fonts-train.txt"


def lineages():
    """{family: lineage} of the list of fonts."""
    result = {}
    for line in FONTS.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            lineage, _, _, families = (part.strip() for part in line.split("|"))
            result |= {family.strip(): lineage for family in families.split(",")}
    return result


def parts(families, count):
    """`families` in `count` parts of about equal size, lineages whole, largest first."""
    known, groups = lineages(), {}
    for family in families:
        groups.setdefault(known.get(family, family), []).append(family)
    result = [[] for _ in range(count)]
    for lineage in sorted(groups, key=lambda name: (-len(groups[name]), name)):
        min(result, key=len).extend(groups[lineage])
    return [sorted(part) for part in result]


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/python training.cross_validate", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("recipe")
    parser.add_argument("--data", required=True, help="folder of shards of lines")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--state", default=str(ROOT / ".data" / "training"))
    options = parser.parse_args()
    common = {
        "recipe": options.recipe,
        "data": options.data,
        "steps": options.steps,
        "threads": options.threads,
        "device": "cpu",
        "output": None,
        "fresh": False,
        "no_oracle": True,
        "photographs": None,
        "start": None,
    }
    families = LineRun(
        argparse.Namespace(**common, name="none", state=f"{options.state}/none")
    ).data.plans[0]["families"]
    rows = []
    for number, part in enumerate(parts(families, options.folds), 1):
        name = f"{options.recipe}-fold{number}of{options.folds}"
        print(f"{name}: without {', '.join(part)}", file=sys.stderr)
        run = LineRun(argparse.Namespace(**common, name=name, state=f"{options.state}/{name}"))
        run.hold_out(part)
        run.restore()
        run.run_steps()
        report = evaluate(run.averaged(), run.data.valid, run.recipe.validation_lines)
        rows.append((part, report))
    print("| held out | clean CER % | typical | hard | lines right % |\n|---|---|---|---|---|")
    figures = []
    for part, report in rows:
        rates = [100 * e / max(1, c) for e, c in zip(report.errors, report.counts)]
        figures.append([*rates, 100 * report.right / max(1, report.total)])
        print(
            f"| {', '.join(part)} | " + " | ".join(f"{value:.2f}" for value in figures[-1]) + " |"
        )
    figures = numpy.array(figures)
    print("| mean | " + " | ".join(f"{value:.2f}" for value in figures.mean(0)) + " |")
    print(
        "| standard deviation | "
        + " | ".join(f"{value:.2f}" for value in figures.std(0, ddof=1))
        + " |"
    )


if __name__ == "__main__":
    main()
