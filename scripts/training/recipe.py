"""Recipes: what a network looks like and how it is trained, in one JSON file."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

from dataset.characters import SIGNS

LABELS = {
    "ascii+reject": [chr(0x21 + i) for i in range(94)] + [""],
    "ascii+space+blank": [chr(0x21 + i) for i in range(94)] + [" ", ""],
    "latin+space+blank": [chr(0x21 + i) for i in range(94)] + list(SIGNS) + [" ", ""],
    "digits": list("0123456789"),
    # Where a counter's drum stands: 3.7 is a 3 that has rolled on by 0.7.
    "tenths+reject": [f"{k // 10}.{k % 10}" for k in range(100)] + [""],
    # A line's ink at half its size, drawn again in cells of 16 rows and 4 columns: row, column.
    "halved ink": [f"{k // 4} {k % 4}" for k in range(64)],
}
TABLES = ("leaky_relu", "sigmoid", "tanh")
Layer = dict[str, Any]  # as models/FORMAT.md has it
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Recipe:
    """A recipe read from `recipes/NAME.json` or from a path; shapes worked out and checked."""

    def __init__(self, name: str | pathlib.Path) -> None:
        path = pathlib.Path(name)
        if path.suffix != ".json":
            path = HERE / "recipes" / f"{name}.json"
        if not path.exists():
            known = ", ".join(sorted(p.stem for p in (HERE / "recipes").glob("*.json")))
            raise SystemExit(f"no recipe {path}; there are {known}")
        self.text = path.read_text()
        self.values = json.loads(self.text)
        if "like" in self.values:
            other = Recipe(self.values.pop("like"))
            self.text = other.text + self.text
            self.values = other.values | self.values
        labels = self.values["labels"]
        self.labels = LABELS[labels] if isinstance(labels, str) else labels
        if len(set(self.labels)) != len(self.labels):
            raise SystemExit("a label occurs twice")
        self.layers: list[Layer] = []
        shape = list(self.values["input"])
        named: dict[str, int] = {}
        for spec in expanded(self.values["layers"]):
            layer = dict(spec, input=shape)
            kind = layer["kind"]
            pool = kind.endswith("pool2d")
            if kind in ("table", "softmax"):
                pass
            elif kind == "upsample2d":
                shape = [2 * shape[0], 2 * shape[1], shape[2]]
            elif kind == "concatenate":
                # A recipe names layers, a model numbers them.
                layer["with"] = named[layer["with"]]
                if any(is_recurrent(earlier) for earlier in self.layers):
                    raise SystemExit("nothing is put side by side after an lstm")
                other = self.layers[layer["with"]]["output"]
                if other[:2] != shape[:2]:
                    raise SystemExit(f"{other} and {shape} can't be put side by side")
                shape = [*shape[:2], shape[2] + other[2]]
            elif kind == "dense":
                shape = [1, 1, layer["channels"]]
            elif kind == "lstm":
                if shape[0] != 1:
                    raise SystemExit(f"an lstm goes over the columns of one row, not of {shape[0]}")
                shape = [*shape[:2], layer["units"]]
            else:
                layer.setdefault("padding", "valid" if pool else "same")
                layer.setdefault("stride", layer["kernel"] if pool else [1, 1])
                if pool and layer["padding"] != "valid":
                    raise SystemExit("pools are trained with valid padding only")
                if pool and "dilation" in layer:
                    raise SystemExit("only convolutions have a dilation")
                sides = output_sides(layer, shape)
                shape = sides + [layer["channels"] if kind == "conv2d" else shape[2]]
            layer.setdefault("activation", "relu" if has_weights(layer) else "none")
            layer["output"] = shape
            if "name" in layer:
                named[layer.pop("name")] = len(self.layers)
            self.layers.append(layer)
        if is_recurrent(self.layers[-1]):
            raise SystemExit("an lstm can't be the last layer: its values are no logits")
        # Finders leave rows, too.
        rows = shape[0] if self.values.get("data") == "finder" else 1
        if shape[0] != rows or shape[2] != len(self.labels):
            raise SystemExit(f"the last layer gives {shape}, there are {len(self.labels)} labels")
        # Columns that each have a logit a label: 1, or more where the network reads lines.
        self.positions = shape[1]

    def set(self, **given: Any) -> None:
        """Other values than the file has, None being those that stay."""
        changed = {name: value for name, value in given.items() if value is not None}
        if changed:
            self.values |= changed
            self.text += json.dumps(changed)

    def hold_out(self, families: list[str]) -> None:
        """Validates on these families instead of its own."""
        self.set(validation_families=families)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(f"the recipe lacks {name}") from None


def expanded(layers: list[Layer]) -> list[Layer]:
    """Activations that are no clamp as layers of their own.

    They rise with their input, so they come after a maximum: it leaves them a fourth of the work.
    """
    result = []
    waiting = None
    for number, layer in enumerate(layers):
        if waiting and layer["kind"] != "max_pool2d":
            result.append(waiting)
            waiting = None
        name = layer.get("activation")
        if is_recurrent(layer) and name not in (None, "none"):
            raise SystemExit("an lstm has activations of its own")
        if name not in (*TABLES, "softmax"):
            if name not in (None, "none", "relu"):
                raise SystemExit(f"there is no activation {name}")
            result.append(layer)
            continue
        result.append(dict(layer, activation="none"))
        if name == "softmax":
            if number < len(layers) - 1:
                raise SystemExit("softmax is for the last layer")
            waiting = {"kind": "softmax"}
        else:
            waiting = {"kind": "table", "function": name}
            if name == "leaky_relu":
                slope = result[-1].pop("slope", 0.1)
                if not 0 < slope <= 1:
                    raise SystemExit("slope is more than 0 and 1 at most")
                waiting["slope"] = slope
    return result + ([waiting] if waiting else [])


def reach(layer: Layer) -> list[int]:
    """Rows and columns from a kernel's first weight to its last."""
    return [
        (kernel - 1) * dilation + 1
        for kernel, dilation in zip(layer["kernel"], layer.get("dilation", (1, 1)))
    ]


def output_sides(layer: Layer, sides: Sequence[int]) -> list[int]:
    """Rows and columns that a convolution or pool makes of an input of `sides`."""
    return [
        -(-size // step) if layer["padding"] == "same" else (size - extent) // step + 1
        for size, extent, step in zip(sides, reach(layer), layer["stride"])
    ]


def padding(layer: Layer, sides: Sequence[int] | None = None) -> tuple[int, ...]:
    """(left, right, top, bottom) as TensorFlow pads: an odd row goes below.

    `sides` are the input's, where they are others than the layer's: lines have any width.
    """
    if layer["padding"] == "valid":
        return (0, 0, 0, 0)
    sides = layer["input"][:2] if sides is None else sides
    result = []
    for size, extent, step, output in reversed(
        list(zip(sides, reach(layer), layer["stride"], output_sides(layer, sides)))
    ):
        total = max((output - 1) * step + extent - size, 0)
        result += [total // 2, total - total // 2]
    return tuple(result)


def kept(layers: list[Layer]) -> set[int]:
    """Numbers of layers whose outputs are needed again later."""
    return {layer["with"] for layer in layers if layer["kind"] == "concatenate"}


def has_weights(layer: Layer) -> bool:
    return layer["kind"] in ("conv2d", "depthwise_conv2d", "dense")


def is_recurrent(layer: Layer) -> bool:
    return layer["kind"] == "lstm"


def has_kernel(layer: Layer) -> bool:
    return "pool2d" in layer["kind"] or "conv2d" in layer["kind"]


def macs(layer: Layer) -> int:
    height, width, channels = layer["output"]
    if layer["kind"] == "dense":
        size = 1
        for side in layer["input"]:
            size *= side
        return channels * size
    if is_recurrent(layer):
        return width * 4 * channels * (layer["input"][2] + channels)
    if not has_weights(layer):
        return 0
    taps = layer["kernel"][0] * layer["kernel"][1]
    return (
        height * width * channels * taps * (layer["input"][2] if layer["kind"] == "conv2d" else 1)
    )
