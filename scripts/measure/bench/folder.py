"""A model folder, as models/FORMAT.md has it."""

import json
from pathlib import Path
from typing import Any

Layer = dict[str, Any]  # as model.json has it


def load(folder: Path) -> tuple[dict[str, Any], bytes]:
    """What model.json says, and the weights."""
    return json.loads((folder / "model.json").read_text()), (folder / "weights.bin").read_bytes()


def paddings(layer: Layer) -> list[int]:
    """Above, left, below, right."""
    if layer["padding"] == "valid":
        return [0, 0, 0, 0]
    before, after = [], []
    for side in (0, 1):
        reach = (layer["kernel"][side] - 1) * layer.get("dilation", [1, 1])[side] + 1
        total = (layer["output"][side] - 1) * layer["stride"][side] + reach
        total = max(total - layer["input"][side], 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return before + after
