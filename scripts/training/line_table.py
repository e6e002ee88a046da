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
# Of these the median is told, each of which is one of 301 lines itself.
ROUNDS = 15


def microseconds(scribe: str, folders: list[pathlib.Path]) -> list[float]:
    """Of a line as wide as each model's input, on one core. All models take turns, so that what
    else the machine does disturbs them alike."""
    measured: list[list[float]] = [[] for _ in folders]
    for _ in range(ROUNDS):
        for times, folder in zip(measured, folders):
            command = [scribe, "models", "--bench", "--json", str(folder)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            times.append(json.loads(told)["microseconds"])
    return [statistics.median(times) for times in measured]


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
    times = microseconds(options.scribe, options.models)
    for folder, time in zip(options.models, times):
        net = IntegerNet(folder)
        if net.manifest["labels"] != recipe.labels:
            raise SystemExit(f"{folder}: its labels are not those of {recipe.name}")
        report = evaluate(exact(net), data.valid, len(data.valid))
        rows.append(row(folder, report, net.manifest, time))
    for cells in (HEAD, ["---"] * len(HEAD), *rows):
        print(f"| {' | '.join(cells)} |")
    print(
        f"\n{report.total} lines of held-out families with {sum(report.counts):,} characters; "
        f"{net.manifest['input']['shape'][1]} columns for MACs and µs."
    )


if __name__ == "__main__":
    main()
