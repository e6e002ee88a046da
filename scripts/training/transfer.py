"""Starts a network from a model that was trained before: transfer learning."""

import itertools
import json
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import numpy
import torch

from training.net import FloatNet, Shift, apply, logits
from training.recipe import ROOT, Layer, Recipe, has_weights, is_recurrent


def start_from(net: FloatNet, recipe: Recipe, name: str, patches: torch.Tensor) -> int:
    """Takes the weights of the model folder `name` for the layers whose shapes fit, from the first
    on, and sets their normalizations so that, on `patches`, they compute what the model computes.
    The first `freeze` layers with weights of the recipe keep what they took. Of the last layer
    those labels are taken that both have, if all layers before it fit.

    Returns how many layers were taken.
    """
    folder, manifest, blob = opened(name)
    # What stands behind an lstm is of no use without it, and it isn't taken.
    before = itertools.takewhile(lambda layer: not is_recurrent(layer), manifest["layers"])
    old = [layer for layer in before if has_weights(layer)]
    taken, kept = 0, []
    for number, (layer, weight, norm) in enumerate(zip(old, net.weights, net.norms)):
        values, bias = floating(layer, blob)
        if isinstance(norm, torch.nn.Identity) or tuple(values.shape) != tuple(weight.shape):
            break
        with torch.no_grad():
            weight.copy_(values)
        kept.append(bias)
        taken = number + 1
    if taken == 0:
        raise SystemExit(f"no layer of {folder} has the shape of the recipe's first")
    match_normalizations(net, kept, patches)
    if taken == len(net.weights) - 1 == len(old) - 1:
        take_labels(net, recipe.labels, manifest["labels"], *floating(old[-1], blob))
    frozen = recipe.values.get("freeze", 0)
    if frozen > taken:
        raise SystemExit(
            f"the recipe freezes {frozen} layers, but only {taken} fit those of {folder}"
        )
    for number in range(frozen):
        net.weights[number].requires_grad_(False)
        for parameter in net.norms[number].parameters():
            parameter.requires_grad_(False)
    print(
        f"{taken} layers start from {folder.name}, {frozen} of them stay as they are",
        file=sys.stderr,
    )
    return taken


def opened(name: str) -> tuple[pathlib.Path, dict[str, Any], bytes]:
    """(folder, manifest, weights) of a model's name or folder."""
    folder = pathlib.Path(name if "/" in str(name) else ROOT / "models" / name)
    if not (folder / "model.json").exists():
        raise SystemExit(f"no model {folder} to start from")
    return (
        folder,
        json.loads((folder / "model.json").read_text()),
        (folder / "weights.bin").read_bytes(),
    )


@torch.no_grad()
def take_labels(
    net: FloatNet,
    labels: list[str],
    old_labels: list[str],
    weight: torch.Tensor,
    bias: torch.Tensor,
) -> None:
    """Sets the last layer's rows of known labels; the others begin as what is unlikely."""
    if weight.shape[1:] != net.weights[-1].shape[1:]:
        return
    net.weights[-1].mul_(0.1)
    net.bias.fill_(float(bias.mean()) - 2)
    for row, label in enumerate(labels):
        if label in old_labels:
            net.weights[-1][row] = weight[old_labels.index(label)]
            net.bias[row] = bias[old_labels.index(label)]


class Trained(torch.nn.Module):
    """A model folder's network in floating point, to learn from."""

    def __init__(self, name: str, device: str | torch.device = "cpu") -> None:
        super().__init__()
        _, manifest, blob = opened(name)
        self.device = torch.device(device)
        self.labels = manifest["labels"]
        self.layers = manifest["layers"]
        if any(is_recurrent(layer) for layer in self.layers):
            raise SystemExit(f"{name} has an lstm: only networks without one can be teachers")
        self.values = [
            [part.to(device) for part in floating(layer, blob)]
            if has_weights(layer)
            else [None] * 2
            for layer in self.layers
        ]

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer, (weight, bias) in zip(self.layers, self.values):
            x = apply(layer, x, weight, bias)
            if layer["activation"] == "relu":
                x = torch.relu(x)
        return logits(x)


def floating(layer: Layer, blob: bytes) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [out, in, row, column] or [out, in] and biases of a model's layer as they count."""
    channels = layer["output"][2]
    scales = torch.tensor(layer["weight_scales"])
    bias = torch.from_numpy(
        numpy.frombuffer(blob, "<i4", channels, layer["bias_offset"]).astype(numpy.float32)
    )
    bias = bias * scales * layer["input_scale"]
    shape: tuple[int, ...]
    order: tuple[int, ...]
    if layer["kind"] == "dense":
        shape, order = (channels, int(numpy.prod(layer["input"]))), (0, 1)
    elif layer["kind"] == "conv2d":
        shape, order = (channels, *layer["kernel"], layer["input"][2]), (0, 3, 1, 2)
    else:
        shape, order = (1, *layer["kernel"], channels), (3, 0, 1, 2)
    values = numpy.frombuffer(blob, "i1", int(numpy.prod(shape)), layer["weights_offset"])
    values = torch.from_numpy(values.reshape(shape).astype(numpy.float32)).permute(order)
    return values * scales.reshape([-1] + [1] * (len(shape) - 1)), bias


@torch.no_grad()
def match_normalizations(net: FloatNet, biases: list[torch.Tensor], patches: torch.Tensor) -> None:
    """Layer by layer: what a normalization takes away in mean and deviation, its own parameters
    give back, and the bias with it."""
    found = {}

    def watch(number: int) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
        def hook(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            x = inputs[0].transpose(0, 1).flatten(1)
            found[number] = (x.mean(1), x.var(1, unbiased=False))

        return hook

    net.eval()
    for number, bias in enumerate(biases):
        norm = net.norms[number]
        if isinstance(norm, Shift):
            norm.bias.copy_(bias)
            continue
        handle = norm.register_forward_pre_hook(watch(number))
        net(patches)
        handle.remove()
        mean, variance = found[number]
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.copy_(mean + bias)
