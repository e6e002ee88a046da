"""What a trainer asks of each kind of network, and what it was told itself."""

import pathlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy
import torch

from training.integer import IntegerNet
from training.phase import Loss, Net, Phase, Plan
from training.recipe import Recipe

# From inputs 0...1 to outputs, both in main memory.
Reader = Callable[[torch.Tensor], torch.Tensor]


@dataclass
class Options:
    """What the command was told besides the recipe."""

    data: str
    name: str | None = None
    output: str | None = None
    state: str | None = None
    device: str = "cpu"
    threads: int | None = None
    photographs: str | None = None
    samples: int | None = None
    steps: int | None = None
    start: str | None = None
    fresh: bool = False
    oracle: bool = True
    report: bool = True  # whether a README and pictures are written


@dataclass(frozen=True)
class Measured:
    """What a network makes of data that it has not seen."""

    accuracy: float
    words: str


M = TypeVar("M", bound=Measured)


@dataclass(frozen=True)
class Written(Generic[M]):
    """A model folder that was just written, and what was measured of it."""

    folder: pathlib.Path
    integer: IntegerNet
    manifest: dict[str, Any]
    training: dict[str, Any]
    float: M
    exact: M
    curve: list[tuple]


class Task(ABC, Generic[M]):
    """One kind of network: its data, what it loses, how it is measured and what is told of it."""

    unit = "samples"  # what batches are made of
    clip: float | None = 5  # the gradients' greatest norm
    memory_format = torch.channels_last
    goes_on = False  # whether a checkpoint of another recipe is better than nothing to start from
    identity: str  # of data and length: a checkpoint with another isn't gone on from

    def __init__(self, recipe: Recipe, options: Options) -> None:
        self.recipe, self.options = recipe, options
        self.device = torch.device(options.device)
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(recipe.seed)
        self.rng = numpy.random.default_rng(recipe.seed)
        self.generator = torch.Generator().manual_seed(recipe.seed)

    @abstractmethod
    def plan(self) -> Plan:
        """Of the training in floating point."""

    def quantized_plan(self) -> Plan | None:
        """Of the training with simulated int8, if there is one."""
        return None

    @abstractmethod
    def loss(self, phase: Phase) -> Loss:
        """Of the next batch."""

    def constrain(self, net: Net) -> None:
        """Brings weights back, after a step, to where they have to be."""

    @abstractmethod
    def measure(self, read: Reader, whole: bool) -> M:
        """On validation data, or on a part of them that is enough while training."""

    def typical(self) -> torch.Tensor:
        """Inputs by which normalizations are set when weights come from a model."""
        raise SystemExit(f"{self.recipe.name} can't start from a model")

    def unlabelled(self) -> tuple[torch.Tensor, str]:
        """Bytes [N, channels, height, width] to learn from without labels, and their hash."""
        raise SystemExit(f"{self.recipe.name} can't learn without labels")

    @abstractmethod
    def calibration(self) -> torch.Tensor:
        """Inputs by which the ranges of int8 are chosen: of training, validation only measures."""

    @abstractmethod
    def limits(self, read: Reader, x: torch.Tensor) -> tuple[float, float]:
        """The range of the last layer's outputs; `x` is what calibration gave."""

    def fitness(self, read: Reader) -> float | None:
        """How well a network does on data it was trained on, to choose by; None where its training
        with simulated int8 is always worth it."""
        return None

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What the manifest says of the data."""

    def contract(self) -> dict[str, Any]:
        """What the manifest says of the outputs' meaning."""
        return {}

    @abstractmethod
    def about(self, written: Written[M]) -> tuple[str, list[str], str]:
        """What the model's README says: what it does, items of a list, what was measured. Writes
        the pictures that it shows."""

    @abstractmethod
    def examples(self) -> numpy.ndarray:
        """Real inputs for the oracle, uint8 [N, channels, height, width]."""

    def drawn(self, seen: int) -> str:
        return f"{seen} {self.unit}"

    def state(self) -> dict[str, Any]:
        """What of the data a checkpoint has to keep."""
        return {}

    def restore(self, saved: dict[str, Any]) -> None:
        """Takes back what `state` gave."""
