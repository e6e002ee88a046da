"""Trains a network by a recipe and writes it as a model folder.

    scripts/training/setup
    scripts/python training.train glyph --data .data/glyphs

trains in floating point, then with simulated int8, writes models/glyph, measures the integer
network by its exact arithmetic and has TensorFlow Lite Micro confirm it. Interrupted, the same
command goes on where it was.
"""

import argparse

import torch

from training import tasks
from training.recipe import Recipe
from training.task import Options
from training.trainer import Trainer


def arguments() -> tuple[str, Options]:
    """The recipe, and what else was given."""
    parser = argparse.ArgumentParser(
        prog="scripts/python training.train", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("recipe", help="name in scripts/training/recipes, or a path")
    parser.add_argument(
        "--data",
        required=True,
        help="folder of shards, of lines also several with commas between, or mnist.npz",
    )
    parser.add_argument("--output", help="model folder (default: models/NAME)")
    parser.add_argument("--name", help="name of the model (default: the recipe's)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--photographs", help="folder of shards of photographs' lines")
    parser.add_argument("--samples", type=int, help="training samples instead of the recipe's")
    parser.add_argument("--steps", type=int, help="steps instead of a line recipe's")
    parser.add_argument(
        "--from",
        dest="start",
        metavar="MODEL",
        help="model to start from instead of the recipe's `from`, or nothing",
    )
    parser.add_argument("--state", help="folder for checkpoints (default: .data/training/NAME)")
    parser.add_argument("--fresh", action="store_true", help="ignore a checkpoint")
    parser.add_argument(
        "--no-oracle",
        dest="oracle",
        action="store_false",
        help="don't compare with TensorFlow Lite Micro",
    )
    given = vars(parser.parse_args())
    return given.pop("recipe"), Options(**given)


def main() -> None:
    recipe, options = arguments()
    Trainer(tasks.of(Recipe(recipe), options)).train()


if __name__ == "__main__":
    main()
