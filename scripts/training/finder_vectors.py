"""What the Python decoder makes of a finder's logits, for the test of the program's decoder.

scripts/python training.finder_vectors models/finder PICTURE Tests/LinesTests/finder.json
"""

import base64
import dataclasses
import json
import pathlib
import sys

import cv2

from training import finder, judge_finder
from training.integer import IntegerNet


def main() -> None:
    model, picture, out = sys.argv[1:]
    logits_of = judge_finder.reader(IntegerNet(model))
    levels, found = [], []
    for level, smaller in enumerate(finder.levels(cv2.imread(picture, cv2.IMREAD_GRAYSCALE))):
        logits = logits_of(finder.TONE[smaller])
        found += finder.lines_of(logits, level)
        levels.append(
            {
                "rows": logits.shape[0],
                "columns": logits.shape[1],
                "logits": base64.b64encode(logits.tobytes()).decode(),
            }
        )
    lines = [dataclasses.asdict(line) for line in finder.merged(found)]
    pathlib.Path(out).write_text(json.dumps({"levels": levels, "lines": lines}, indent=1) + "\n")


if __name__ == "__main__":
    main()
