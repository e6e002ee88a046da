"""Pictures as files: PNG, a JSON with the boxes beside each, and truth.json for all."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2

from dataset.sample import Pictures


def write(
    generator: Pictures,
    count: int,
    folder: str | Path,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Writes the samples 0..<count of `generator` into `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    truth = {}
    for index in range(count):
        sample = generator.make(index)
        name = f"{sample.tier if sample.lines else 'empty'}_{index:05d}"
        if not cv2.imwrite(str(folder / f"{name}.png"), sample.picture):
            raise OSError(f"cannot write {folder / name}.png")
        record = {**sample.record(), "seed": generator.seed, "index": index, "image": f"{name}.png"}
        (folder / f"{name}.json").write_text(json.dumps(record) + "\n")
        truth[f"{name}.png"] = {"text": "\n".join(sample.lines), "tier": sample.tier}
        if progress:
            progress(index + 1)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
