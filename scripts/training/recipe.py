"""Recipes: what a network looks like and how it is trained, in one JSON file."""

import json
import pathlib

LABELS = {
    "ascii+reject": [chr(0x21 + i) for i in range(94)] + [""],
    "ascii+space+blank": [chr(0x21 + i) for i in range(94)] + [" ", ""],
    "digits": list("0123456789"),
}
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Recipe:
    """A recipe read from `recipes/NAME.json` or from a path; shapes worked out and checked."""

    def __init__(self, name):
        path = pathlib.Path(name)
        if path.suffix != ".json":
            path = HERE / "recipes" / f"{name}.json"
        if not path.exists():
            known = ", ".join(sorted(p.stem for p in (HERE / "recipes").glob("*.json")))
            raise SystemExit(f"no recipe {path}; there are {known}")
        self.text = path.read_text()
        self.values = json.loads(self.text)
        self.labels = LABELS[self.values["labels"]]
        self.layers = []
        shape = list(self.values["input"])
        for spec in self.values["layers"]:
            layer = dict(spec, input=shape)
            kind = layer["kind"]
            pool = kind.endswith("pool2d")
            if kind == "dense":
                shape = [1, 1, layer["channels"]]
            else:
                layer.setdefault("padding", "valid" if pool else "same")
                layer.setdefault("stride", layer["kernel"] if pool else [1, 1])
                if pool and layer["padding"] != "valid":
                    raise SystemExit("pools are trained with valid padding only")
                if pool and "dilation" in layer:
                    raise SystemExit("only convolutions have a dilation")
                sides = output_sides(layer, shape)
                shape = sides + [layer["channels"] if kind == "conv2d" else shape[2]]
            layer.setdefault("activation", "none" if pool else "relu")
            layer["output"] = shape
            self.layers.append(layer)
        if shape[0] != 1 or shape[2] != len(self.labels):
            raise SystemExit(f"the last layer gives {shape}, there are {len(self.labels)} labels")
        # Columns that each have a logit a label: 1, or more where the network reads lines.
        self.positions = shape[1]

    def __getattr__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(f"the recipe lacks {name}") from None


def reach(layer):
    """Rows and columns from a kernel's first weight to its last."""
    return [(kernel - 1) * dilation + 1
            for kernel, dilation in zip(layer["kernel"], layer.get("dilation", (1, 1)))]


def output_sides(layer, sides):
    """Rows and columns that a convolution or pool makes of an input of `sides`."""
    return [
        -(-size // step) if layer["padding"] == "same" else (size - extent) // step + 1
        for size, extent, step in zip(sides, reach(layer), layer["stride"])
    ]


def padding(layer, sides=None):
    """(left, right, top, bottom) as TensorFlow pads: an odd row goes below.

    `sides` are the input's, where they are others than the layer's: lines have any width.
    """
    if layer["padding"] == "valid":
        return (0, 0, 0, 0)
    sides = layer["input"][:2] if sides is None else sides
    result = []
    for size, extent, step, output in reversed(list(zip(
            sides, reach(layer), layer["stride"], output_sides(layer, sides)))):
        total = max((output - 1) * step + extent - size, 0)
        result += [total // 2, total - total // 2]
    return tuple(result)


def has_weights(layer):
    return not layer["kind"].endswith("pool2d")


def macs(layer):
    height, width, channels = layer["output"]
    if layer["kind"] == "dense":
        size = 1
        for side in layer["input"]:
            size *= side
        return channels * size
    if not has_weights(layer):
        return 0
    taps = layer["kernel"][0] * layer["kernel"][1]
    return height * width * channels * taps * (
        layer["input"][2] if layer["kind"] == "conv2d" else 1)
