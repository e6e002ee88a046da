"""Recipes: what a network looks like and how it is trained, in one JSON file."""

import json
import pathlib

LABELS = {
    "ascii+reject": [chr(0x21 + i) for i in range(94)] + [""],
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
                sides = [
                    -(-size // step) if layer["padding"] == "same" else (size - kernel) // step + 1
                    for size, kernel, step in zip(shape, layer["kernel"], layer["stride"])
                ]
                shape = sides + [layer["channels"] if kind == "conv2d" else shape[2]]
            layer.setdefault("activation", "none" if pool else "relu")
            layer["output"] = shape
            self.layers.append(layer)
        if shape != [1, 1, len(self.labels)]:
            raise SystemExit(f"the last layer gives {shape}, there are {len(self.labels)} labels")

    def __getattr__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(f"the recipe lacks {name}") from None


def padding(layer):
    """(left, right, top, bottom) as TensorFlow pads: an odd row goes below."""
    if layer["padding"] == "valid":
        return (0, 0, 0, 0)
    result = []
    for axis in (1, 0):
        size, kernel, step = layer["input"][axis], layer["kernel"][axis], layer["stride"][axis]
        total = max((layer["output"][axis] - 1) * step + kernel - size, 0)
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
