"""Trains a network: steps with checkpoints, then int8, the model folder and its check.

What differs between kinds of networks are their tasks, in the folder of that name.
"""

import copy
import hashlib
import pathlib
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import numpy
import torch
from torch import nn

from training.export import export, write_manifest
from training.integer import IntegerNet
from training.net import FloatNet, QuantizedNet, logits
from training.recipe import ROOT, Recipe
from training.transfer import start_from

Net = FloatNet | QuantizedNet
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


@dataclass(frozen=True)
class Plan:
    """How a phase of a training goes."""

    steps: int
    rate: float
    rise: float | None  # share of the steps in which the rate rises; None: it falls from the start
    keep: float  # what averaged weights keep at each step
    measured: int  # times


class Loss(NamedTuple):
    total: torch.Tensor
    told: torch.Tensor  # what of it is shown
    samples: int


@dataclass(frozen=True)
class Measured:
    """What a network makes of data that it has not seen."""

    accuracy: float
    words: str


M = TypeVar("M", bound=Measured)


class Phase:
    """A network on its way: its optimizer, its averaged weights, how far it is."""

    def __init__(self, name: str, net: Net, plan: Plan, weight_decay: float) -> None:
        self.name, self.net, self.plan = name, net, plan
        trained = [p for p in net.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in trained if p.dim() > 1], "weight_decay": weight_decay},
                {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
            ],
            lr=plan.rate,
        )
        if plan.rise is None:
            self.schedule = torch.optim.lr_scheduler.LambdaLR(
                self.optimizer, lambda step: 1 - step / plan.steps
            )
        else:
            self.schedule = torch.optim.lr_scheduler.OneCycleLR(
                self.optimizer,
                max_lr=plan.rate,
                total_steps=plan.steps + 1,
                pct_start=plan.rise,
            )
        self.start_average(net.state_dict())
        self.step = self.seen = 0
        self.loss: torch.Tensor | None = None
        self.fixed = False

    def start_average(self, weights: dict[str, torch.Tensor]) -> None:
        self.average = {key: value.clone() for key, value in weights.items()}

    def state(self) -> dict[str, Any]:
        return {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average,
            "step": self.step,
            "seen": self.seen,
            "loss": self.shown_loss(),
            "fixed": self.fixed,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.schedule.load_state_dict(saved["schedule"])
        for key, value in self.average.items():
            value.copy_(saved["average"][key])
        self.step, self.seen = saved["step"], saved.get("seen", 0)
        self.loss = None if saved["loss"] is None else torch.tensor(saved["loss"])
        self.fixed = saved.get("fixed", False)

    def advance(self, task: "Task[Any]") -> None:
        loss = task.loss(self)
        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        if task.clip:
            nn.utils.clip_grad_norm_(self.net.parameters(), task.clip)
        self.optimizer.step()
        self.schedule.step()
        task.constrain(self.net)
        self.step += 1
        self.seen += loss.samples
        self.update_average()
        # Kept where it was computed: to fetch each would keep a GPU waiting.
        told = loss.told.detach()
        self.loss = told if self.loss is None else self.loss.to(told.device).lerp(told, 0.02)

    @torch.no_grad()
    def update_average(self) -> None:
        # Early on the average would lag behind.
        keep = min(self.plan.keep, (1 + self.step) / (10 + self.step))
        for key, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.average[key].mul_(keep).add_(value, alpha=1 - keep)
            else:
                self.average[key].copy_(value)

    def averaged(self) -> Net:
        twin = copy.deepcopy(self.net)
        twin.load_state_dict(self.average)
        return twin.eval()

    @torch.no_grad()
    def fix_normalization(self) -> None:
        """From here on normalization is by fixed statistics, as in use."""
        if not self.fixed:
            for name, value in self.net.named_buffers():
                value.copy_(self.average[name])
        self.fixed = True
        for norm in self.net.norms:
            norm.eval()

    def shown_loss(self) -> float | None:
        if self.loss is None:
            return None
        value = float(self.loss)
        if not value == value:
            raise SystemExit("the loss is not a number: lower the learning rate")
        return value


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

    @abstractmethod
    def calibration(self) -> torch.Tensor:
        """Inputs by which the ranges of int8 are chosen: of training, validation only measures."""

    @abstractmethod
    def limits(self, read: Reader, x: torch.Tensor) -> tuple[float, float]:
        """The range of the last layer's outputs; `x` is what calibration gave."""

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


def duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def reader(net: Net, device: torch.device) -> Reader:
    return lambda x: net(x.to(device)).cpu()


def exact(integer: IntegerNet) -> Reader:
    """What a network in floating point would give, by the exact integer arithmetic."""
    last = integer.layers[-1]

    def read(x: torch.Tensor) -> torch.Tensor:
        values = integer.outputs((x * 255).round().to(torch.uint8)).float()
        values = last["output_scale"] * (values - last["output_zero_point"])
        return logits(values.permute(0, 3, 1, 2))

    return read


class Trainer:
    def __init__(self, task: Task[Any]) -> None:
        self.task, self.recipe, self.options = task, task.recipe, task.options
        options = self.options
        self.name = options.name or self.recipe.name
        self.output = pathlib.Path(options.output or ROOT / "models" / self.name)
        self.folder = pathlib.Path(options.state or ROOT / ".data" / "training" / self.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.identity = hashlib.sha256(f"{self.recipe.text}{task.identity}".encode()).hexdigest()
        net = FloatNet(self.recipe).to(task.device, memory_format=task.memory_format)
        self.origin = options.start or self.recipe.values.get("from") or "nothing"
        if self.origin != "nothing":
            start_from(net, self.recipe, self.origin, task.typical().to(task.device))
        self.phase = Phase("float", net, task.plan(), self.recipe.weight_decay)
        self.curve: list[tuple[str, int, float | None, float, float]] = []
        self.began, self.earlier = time.time(), 0.0
        self.warm = False  # whether another training's weights were gone on from
        self.restore()

    def seconds(self) -> float:
        return self.earlier + time.time() - self.began

    @property
    def checkpoint(self) -> pathlib.Path:
        return self.folder / "checkpoint.pt"

    def save(self) -> None:
        state = self.phase.state() | {
            "identity": self.identity,
            "rng": self.task.rng.bit_generator.state,
            "generator": self.task.generator.get_state(),
            "torch": torch.get_rng_state(),
            "seconds": self.seconds(),
            "curve": self.curve,
            "warm": self.warm,
            **self.task.state(),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def restore(self) -> None:
        if self.options.fresh or not self.checkpoint.exists():
            return
        saved = torch.load(self.checkpoint, map_location="cpu")
        # Older ones may be of the network with simulated int8.
        if saved["identity"] != self.identity or saved.get("phase", "float") != "float":
            self.warm = self.task.goes_on
            print(
                "the checkpoint is of another recipe or of other data: starting "
                + ("from its weights" if self.warm else "anew"),
                file=sys.stderr,
            )
            if self.warm:
                self.phase.net.load_state_dict(saved["average"])
                self.phase.start_average(self.phase.net.state_dict())
            return
        self.phase.restore(saved)
        # Older ones lack what their kind of network has no use for.
        if "rng" in saved:
            self.task.rng.bit_generator.state = saved["rng"]
        if "generator" in saved:
            self.task.generator.set_state(saved["generator"])
        if "torch" in saved:
            torch.set_rng_state(saved["torch"])
        self.earlier, self.curve = saved["seconds"], saved["curve"]
        self.warm = saved.get("warm", False)
        self.task.restore(saved)
        print(f"going on at step {self.phase.step}", file=sys.stderr)

    def train(self) -> None:
        """From what the checkpoint has, or from the start, to the model folder. int8 is short: it
        has no checkpoints, so a stopped one starts again from the end of the floating point."""
        self.run(self.phase)
        self.save()
        net = self.phase.averaged()
        measured = self.measure(reader(net, self.task.device), self.phase, "float", whole=True)
        quantized: Net = QuantizedNet(net).to(self.task.device)
        x = self.task.calibration().to(self.task.device)
        quantized.calibrate(x)
        seen = self.phase.seen
        if plan := self.task.quantized_plan():
            phase = Phase("int8", quantized, plan, self.recipe.weight_decay)
            self.measure(reader(quantized, self.task.device), phase, "int8")
            self.run(phase)
            quantized, seen = phase.averaged(), seen + phase.seen
        self.write(quantized.eval(), x, measured, seen)

    def run(self, phase: Phase) -> None:
        """The steps that are left."""
        first, began = phase.step, time.time()
        told = kept = began
        every = max(1, phase.plan.steps // phase.plan.measured)
        phase.net.train()
        while phase.step < phase.plan.steps:
            phase.advance(self.task)
            now = time.time()
            if now - told > (1 if sys.stderr.isatty() else 30):
                self.tell(phase, (phase.step - first) / (now - began))
                told = now
            if phase.step % every == 0 or phase.step == phase.plan.steps:
                self.measure(reader(phase.averaged(), self.task.device), phase, phase.name)
            if phase is self.phase and now - kept > 60:
                self.save()
                kept = now

    def tell(self, phase: Phase, speed: float) -> None:
        print(
            f"\r{phase.name}: {100 * phase.step / phase.plan.steps:5.1f} %  "
            f"loss {phase.shown_loss():.4f}  {self.task.drawn(phase.seen)}  "
            f"{speed:.2f} steps/s  {duration((phase.plan.steps - phase.step) / speed)} left",
            end="" if sys.stderr.isatty() else "\n",
            file=sys.stderr,
            flush=True,
        )

    @torch.no_grad()
    def measure(self, read: Reader, phase: Phase, kind: str, whole: bool = False) -> Measured:
        result = self.task.measure(read, whole)
        loss = phase.shown_loss()
        if not whole:
            self.curve.append((kind, phase.seen, loss, result.accuracy, self.seconds()))
        shown = "" if whole or loss is None else f"loss {loss:.4f}, "
        print(f"\r{kind}, step {phase.step}: {shown}{result.words}", file=sys.stderr, flush=True)
        return result

    @torch.no_grad()
    def write(self, net: QuantizedNet, x: torch.Tensor, measured: Measured, seen: int) -> None:
        """Writes the model folder, and measures it by the exact integer arithmetic."""
        task, recipe = self.task, self.recipe
        training = {
            "recipe": recipe.name,
            "recipe_sha256": hashlib.sha256(recipe.text.encode()).hexdigest(),
            "seed": recipe.seed,
            **task.facts(),
            "samples": seen,
            **({"warm_start": self.warm} if task.goes_on else {}),
            "seconds": round(self.seconds()),
            "torch": torch.__version__,
            "device": str(task.device),
            "float_accuracy": measured.accuracy,
            "int8_accuracy": 0.0,
        }
        limits = task.limits(reader(net, task.device), x)
        export(net, recipe, self.output, self.name, limits, training)
        integer = IntegerNet(self.output, task.device)
        judged = self.measure(exact(integer), self.phase, "exact int8", whole=True)
        training["int8_accuracy"] = judged.accuracy
        manifest = integer.manifest | {"training": training} | task.contract()
        write_manifest(self.output, manifest)
        self.write_readme(
            Written(self.output, integer, manifest, training, measured, judged, self.curve)
        )
        if self.options.oracle:
            from training import oracle

            oracle.check(self.output, task.examples())

    def write_readme(self, written: Written[Any]) -> None:
        manifest, training = written.manifest, written.training
        lead, items, summary = self.task.about(written)
        print(summary, file=sys.stderr)
        items = [
            *items,
            f"{manifest['parameters']:,} parameters, {manifest['weights']['bytes']:,} bytes of "
            f"weights; {manifest['macs']:,} multiplications and additions for "
            f"{' x '.join(map(str, manifest['input']['shape']))}.",
            f"Trained on {training['data']}, {training['samples']:,} {self.task.unit} drawn, seed "
            f"{training['seed']}, in {duration(training['seconds'])} h on {self.where()} (PyTorch "
            f"{training['torch']}); {self.repeats()}.",
            f"Data {training['data_sha256']}.",
            f"Held out: {', '.join(training['validation_families']) or 'its own test set'}.",
        ]
        if self.origin != "nothing":
            items.append(f"Its weights began as those of `{pathlib.Path(self.origin).name}`.")
        (self.output / "README.md").write_text(
            f"# {self.name}\n\n{lead} Written by `scripts/python training.train "
            f"{self.recipe.name}`; `models/FORMAT.md` describes the files.\n\n"
            + "".join(f"- {item}\n" for item in items)
            + f"\n{layer_table(manifest['layers'])}\n\n{summary}\n"
        )

    def where(self) -> str:
        if self.task.device.type == "cuda":
            return "a GPU"
        return f"{torch.get_num_threads()} CPU thread(s)"

    def repeats(self) -> str:
        if self.warm:
            return "it went on from another training's weights, which recipe and seed don't repeat"
        return "recipe and seed repeat it"


def layer_table(layers: list[dict[str, Any]]) -> str:
    """A model's layers in Markdown."""
    rows = [
        [
            layer["kind"],
            *(
                " x ".join(map(str, layer[key])) if key in layer else ""
                for key in ("kernel", "stride", "dilation", "output")
            ),
            layer.get("function", layer["activation"]),
        ]
        for layer in layers
    ]
    head = ["layer", "kernel", "stride", "dilation", "output", "activation"]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])
