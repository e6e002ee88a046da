"""Compares readers of lines: what they misread, their parameters, multiplications and time.

    scripts/python training.line_table --data .data/recurrent/lines \\
      --scribe .build/release/scribe models/line models/line-quick FOLDER...

reads the lines of held-out families by the exact integer arithmetic, has the program measure each
model's time on a line of its width, and prints a Markdown table.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
from typing import Any

import torch

from training import lines
from training.integer import IntegerNet
from training.line_report import Report, evaluate
from training.recipe import Recipe
from training.trainer import exact

HEAD = (
    *("reader", "CER clean", "typical", "hard", "all, int8", "all, float", "lines right"),
    *("parameters", "MACs", "µs"),
)
# Each a median of its own; what disturbs one needn't disturb the others.
TIMES = 5


def microseconds(scribe: str, folder: pathlib.Path) -> float:
    """Of a line as wide as the model's input, on one core."""
    command = [scribe, "models", "--bench", "--json", str(folder)]
    measured = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(TIMES)
    ]
    return statistics.median(one["microseconds"] for one in measured)


def row(folder: pathlib.Path, report: Report, manifest: dict[str, Any], time: float) -> list[str]:
    rates = [100 * e / max(1, c) for e, c in zip(report.errors, report.counts)]
    # Of shipped models the record is of other lines, so it isn't told.
    trained = manifest["training"]
    own = abs(trained["int8_accuracy"] - (1 - report.error_rate())) < 1e-9
    in_float = f"{100 * (1 - trained['float_accuracy']):.2f} %" if own else ""
    return [
        f"`{folder.name}`",
        *(f"{rate:.2f} %" for rate in rates),
        f"{100 * report.error_rate():.2f} %",
        in_float,
        f"{100 * report.right / max(1, report.total):.1f} %",
        f"{manifest['parameters']:,}",
        f"{manifest['macs']:,}",
        f"{time:.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.line_table", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--data", required=True, help="folder of shards of lines")
    parser.add_argument("--scribe", required=True, help="the program, which measures the time")
    parser.add_argument(
        "--recipe",
        default="line-short",
        help="says which families are held out, and how many lines",
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe(options.recipe)
    data = lines.LineData(recipe.values, lines.Labels(recipe.labels), options.data)
    data.grow(1)
    rows = []
    for folder in options.models:
        net = IntegerNet(folder)
        if net.manifest["labels"] != recipe.labels:
            raise SystemExit(f"{folder}: its labels are not those of {recipe.name}")
        report = evaluate(exact(net), data.valid, len(data.valid))
        rows.append(row(folder, report, net.manifest, microseconds(options.scribe, folder)))
    for cells in (HEAD, ["---"] * len(HEAD), *rows):
        print(f"| {' | '.join(cells)} |")
    print(
        f"\n{report.total} lines of held-out families with {sum(report.counts):,} characters; "
        f"{net.manifest['input']['shape'][1]} columns for MACs and µs."
    )


if __name__ == "__main__":
    main()
