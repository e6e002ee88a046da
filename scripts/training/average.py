"""Averages the weights of trainings that went on from one another.

    scripts/python training.average STATE:SHARE STATE:SHARE... --out STATE

Each STATE is a training's folder (`training.train --state`) with its checkpoint; SHAREs add up to
1. The result is a checkpoint of the last one, at its end: `training.train` with that one's recipe
and data and `--state` the new folder measures, quantizes and writes it. Where trainings only differ
in what they saw last, their average reads what all of them do.
"""

import argparse
import pathlib
from typing import Any

import torch


def averaged(checkpoints: list[dict[str, Any]], shares: list[float]) -> dict[str, Any]:
    """The last checkpoint with the shares of all averages as its weights."""
    result = checkpoints[-1]
    for key, value in result["average"].items():
        others = [checkpoint["average"][key] for checkpoint in checkpoints]
        if any(other.shape != value.shape for other in others):
            raise SystemExit(f"{key} differs in shape: these are different networks")
        if value.is_floating_point():
            result["average"][key] = sum(share * other for share, other in zip(shares, others))
    result["net"] = result["average"]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.average", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("states", nargs="+", metavar="STATE:SHARE")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    parts = [text.rpartition(":") for text in options.states]
    try:
        shares = [float(share) for _, _, share in parts]
    except ValueError:
        parser.error("each is STATE:SHARE, as .data/training/line:0.5")
    if abs(sum(shares) - 1) > 1e-6:
        parser.error(f"the shares add up to {sum(shares):g}, not to 1")
    checkpoints = [
        torch.load(pathlib.Path(state) / "checkpoint.pt", map_location="cpu")
        for state, _, _ in parts
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(averaged(checkpoints, shares), options.out / "checkpoint.pt")


if __name__ == "__main__":
    main()
