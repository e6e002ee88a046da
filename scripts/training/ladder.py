"""Trains recipes on MNIST and measures what int8 costs each.

    scripts/python training.ladder --data mnist.npz [RECIPE...]

Without names all that the project has for MNIST, from logistic regression to the deep perceptron,
and one of them by each optimizer and schedule. Prints a Markdown table. What is trained is kept in
`--out`, so a stopped one goes on.
"""

import argparse
import json
import pathlib

import torch

from training import tasks
from training.recipe import ROOT, Recipe
from training.task import Options
from training.trainer import Trainer

MEMBERS = ("logistic", "svm", "mlp", "mlp-leaky", "mlp-sigmoid", "mlp-tanh", "mlp-deep")
WAYS = (
    *("mlp-sgd", "mlp-momentum", "mlp-rmsprop", "mlp-adam"),
    *("mlp-constant", "mlp-cosine", "mlp-steps", "mlp-plain", "mlp-dropout"),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.ladder", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("recipes", nargs="*", default=[*MEMBERS, *WAYS], metavar="RECIPE")
    parser.add_argument("--data", required=True, help="mnist.npz")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / ".data" / "ladder")
    parser.add_argument("--samples", type=int, help="training samples instead of the recipes'")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    rows = []
    for name in options.recipes:
        model = options.out / name / "model.json"
        if not model.exists():
            given = Options(
                options.data,
                output=str(model.parent),
                state=str(options.out / f"{name}-state"),
                device=options.device,
                threads=options.threads,
                samples=options.samples,
                oracle=False,
                report=False,
            )
            Trainer(tasks.of(Recipe(name), given)).train()
        manifest = json.loads(model.read_text())
        accuracy = [
            100 * manifest["training"][kind] for kind in ("float_accuracy", "int8_accuracy")
        ]
        lost = accuracy[0] - accuracy[1]
        figures = [f"{value:.2f}" for value in (*accuracy, lost)]
        rows.append([f"`{name}`", f"{manifest['parameters']:,}", *figures])
    head = ["recipe", "parameters", "float %", "int8 %", "lost, points"]
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
