"""Trains a line reader anew for each part of the font families, without that part, and measures
it there: how much the figures owe to the families that happen to be held out.

    scripts/python training.cross_validate line --data .data/lines --steps 1500

Families of one lineage, near copies of each other, stay together. Short trainings suffice to see
the spread; their level is not that of the shipped model. Prints a Markdown table.
"""

import argparse
import json
import pathlib
import sys
from collections.abc import Iterable

import numpy
import torch

from training.recipe import ROOT, Recipe
from training.task import Options
from training.tasks.lines import LineTask
from training.trainer import Trainer

FONTS = ROOT / "scripts" / "dataset" / "fonts-train.txt"


def lineages() -> dict[str, str]:
    """{family: lineage} of the list of fonts."""
    result: dict[str, str] = {}
    for line in FONTS.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            lineage, _, _, families = (part.strip() for part in line.split("|"))
            result |= {family.strip(): lineage for family in families.split(",")}
    return result


def parts(families: Iterable[str], count: int) -> list[list[str]]:
    """`families` in `count` parts of about equal size, lineages whole, largest first."""
    known = lineages()
    groups: dict[str, list[str]] = {}
    for family in families:
        groups.setdefault(known.get(family, family), []).append(family)
    result: list[list[str]] = [[] for _ in range(count)]
    for lineage in sorted(groups, key=lambda name: (-len(groups[name]), name)):
        min(result, key=len).extend(groups[lineage])
    return [sorted(part) for part in result]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.cross_validate", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("recipe")
    parser.add_argument("--data", required=True, help="folder of shards of lines")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--state", default=str(ROOT / ".data" / "training"))
    options = parser.parse_args()
    plan = json.loads((pathlib.Path(options.data) / "plan.json").read_text())
    rows = []
    for number, part in enumerate(parts(plan["families"], options.folds), 1):
        recipe = Recipe(options.recipe)
        name = f"{recipe.name}-fold{number}of{options.folds}"
        print(f"{name}: without {', '.join(part)}", file=sys.stderr)
        recipe.hold_out(part)
        given = Options(
            options.data,
            name,
            state=f"{options.state}/{name}",
            device=options.device,
            threads=options.threads,
            steps=options.steps,
        )
        trainer = Trainer(LineTask(recipe, given))
        trainer.run(trainer.phase)
        trainer.save()
        net = trainer.phase.averaged()
        rows.append((part, trainer.task.measure(net, whole=True).report))
    print("| held out | clean CER % | typical | hard | lines right % |\n|---|---|---|---|---|")
    figures = numpy.array(
        [
            [100 * e / max(1, c) for e, c in zip(report.errors, report.counts)]
            + [100 * report.right / max(1, report.total)]
            for _, report in rows
        ]
    )
    names = [", ".join(part) for part, _ in rows] + ["mean", "standard deviation"]
    for name, values in zip(names, [*figures, figures.mean(0), figures.std(0, ddof=1)]):
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + " |")


if __name__ == "__main__":
    main()
