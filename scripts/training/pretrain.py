"""What a perceptron learns of pictures whose labels nobody told: its layers one after the other,
each by making its input again from what it says of it.

A recipe's `pretrain` has the `kind`: `denoising` gives the input back from a damaged one, `sparse`
with few of its outputs at work, `rbm` is a restricted Boltzmann machine by contrastive divergence;
several of these, one on the other, are a deep belief network. `layers` are how many of the first
layers learn so, `samples` how many pictures each sees, `rate` how far a step goes. Layers are dense
with a sigmoid.
"""

import hashlib
import json
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional as F

from training.net import FloatNet, flatten
from training.recipe import Recipe, has_weights
from training.transfer import match_normalizations

KINDS = ("denoising", "sparse", "rbm")
BATCH = 100
Layer = tuple[torch.Tensor, torch.Tensor]  # weights [out, in], biases


def start(
    net: FloatNet, recipe: Recipe, patches: torch.Tensor, digest: str, folder: pathlib.Path
) -> None:
    """Sets the first layers by what they learn of `patches`, bytes [N, channels, height, width].
    What was learned is kept in `folder`: how many labels there are later is no reason to learn it
    again."""
    settings = recipe.pretrain
    check(recipe, settings)
    about = [settings, recipe.values["layers"], recipe.seed, digest]
    name = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"pretrained-{name}.pt"
    if path.exists():
        learned = torch.load(path, map_location="cpu")
    else:
        learned = stacked(net, settings, patches, recipe.seed)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        torch.save(learned, partial)
        partial.replace(path)
    device = net.bias.device
    with torch.no_grad():
        for weight, (values, _) in zip(net.weights, learned):
            weight.copy_(values)
    typical = patches[:1024].to(device).float() / 255
    match_normalizations(net, [bias.to(device) for _, bias in learned], typical)


def check(recipe: Recipe, settings: dict[str, Any]) -> None:
    if settings["kind"] not in KINDS:
        raise SystemExit(f"pretrain's kind is one of {', '.join(KINDS)}")
    layers = recipe.layers[: 2 * settings["layers"]]
    if any(
        layer["kind"] != "dense" if has_weights(layer) else layer.get("function") != "sigmoid"
        for layer in layers
    ) or 2 * settings["layers"] >= len(recipe.layers):
        raise SystemExit("layers that are pretrained are dense with a sigmoid, the last isn't")


def stacked(
    net: FloatNet, settings: dict[str, Any], patches: torch.Tensor, seed: int
) -> list[Layer]:
    """Layer after layer, each on what those before it say."""
    device = net.bias.device
    generator = torch.Generator(device).manual_seed(seed)
    learn = machine if settings["kind"] == "rbm" else encoder
    x = flatten(patches.to(device).float() / 255)
    result = []
    for number in range(settings["layers"]):
        start = net.weights[number].detach()
        weight, bias = learn(x, start, settings, generator)
        result.append((weight.cpu(), bias.cpu()))
        x = torch.sigmoid(F.linear(x, weight, bias))
    return result


def batches(
    x: torch.Tensor, settings: dict[str, Any], generator: torch.Generator
) -> Iterator[tuple[float, torch.Tensor]]:
    """(share of the way that is done, pictures): all once, then all again, in another order."""
    steps = max(1, settings["samples"] // BATCH)
    parts: list[torch.Tensor] = []
    for step in range(steps):
        if not parts:
            order = torch.randperm(len(x), generator=generator, device=x.device)
            parts = list(order.split(BATCH))
        yield step / steps, x[parts.pop()]


class Course:
    """The error of what is made again, told now and then."""

    TIMES = 5

    def __init__(self, settings: dict[str, Any]) -> None:
        self.name = settings["kind"]
        self.told, self.total, self.steps = 0, 0.0, 0

    def add(self, done: float, made: torch.Tensor, wanted: torch.Tensor) -> None:
        self.total += float(((made - wanted) ** 2).mean())
        self.steps += 1
        if done * self.TIMES >= self.told + 1:
            words = f"{100 * done:.0f} %: made again, off by {self.total / self.steps:.4f}"
            print(f"{self.name}, {words}", file=sys.stderr)
            self.told, self.total, self.steps = self.told + 1, 0.0, 0


def encoder(
    x: torch.Tensor, start: torch.Tensor, settings: dict[str, Any], generator: torch.Generator
) -> Layer:
    """An autoencoder whose decoder has the encoder's weights. `noise` is the share of the input
    that is put out; `share` is how often an output should be at work, which weighs `weight`."""
    weight = start.clone().requires_grad_()
    bias = torch.zeros(len(weight), device=x.device, requires_grad=True)
    back = torch.zeros(x.shape[1], device=x.device, requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias, back], lr=settings["rate"])
    noise, wanted = settings.get("noise", 0.0), settings.get("share", 0.0)
    course = Course(settings)
    for done, clean in batches(x, settings, generator):
        seen = clean
        if noise:
            seen = clean * (torch.rand(clean.shape, generator=generator, device=x.device) >= noise)
        hidden = torch.sigmoid(F.linear(seen, weight, bias))
        made = F.linear(hidden, weight.t(), back)
        loss = F.binary_cross_entropy_with_logits(made, clean, reduction="none").sum(1).mean()
        if wanted:
            mean = hidden.mean(0).clamp(1e-4, 1 - 1e-4)
            busy, idle = torch.log(wanted / mean), torch.log((1 - wanted) / (1 - mean))
            loss = loss + settings["weight"] * (wanted * busy + (1 - wanted) * idle).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        course.add(done, torch.sigmoid(made.detach()), clean)
    return weight.detach(), bias.detach()


@torch.no_grad()
def machine(
    x: torch.Tensor, start: torch.Tensor, settings: dict[str, Any], generator: torch.Generator
) -> Layer:
    """A restricted Boltzmann machine by contrastive divergence of one step: what data make likelier
    less what the machine itself dreams up from there."""
    weight = 0.01 * torch.randn(start.shape, generator=generator, device=x.device)
    bias = torch.zeros(len(weight), device=x.device)
    mean = x.mean(0).clamp(0.01, 0.99)
    back = torch.log(mean / (1 - mean))
    speeds = [torch.zeros_like(part) for part in (weight, bias, back)]
    course = Course(settings)
    for done, seen in batches(x, settings, generator):
        hidden = torch.sigmoid(F.linear(seen, weight, bias))
        at_work = torch.bernoulli(hidden, generator=generator)
        dreamt = torch.sigmoid(F.linear(at_work, weight.t(), back))
        again = torch.sigmoid(F.linear(dreamt, weight, bias))
        slopes = (
            (hidden.t() @ seen - again.t() @ dreamt) / len(seen) - 2e-4 * weight,
            (hidden - again).mean(0),
            (seen - dreamt).mean(0),
        )
        for value, speed, slope in zip((weight, bias, back), speeds, slopes):
            speed.mul_(0.5 if done < 0.25 else 0.9).add_(slope, alpha=settings["rate"])
            value.add_(speed)
        course.add(done, dreamt, seen)
    return weight, bias
