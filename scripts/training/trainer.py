"""Trains a network: steps with checkpoints, then int8, the model folder and its check.

What differs between kinds of networks are their tasks, in the folder of that name.
"""

import copy
import hashlib
import pathlib
import sys
import time
from typing import Any

import torch

from training import pretrain
from training.descent import Descent
from training.export import export, write_manifest
from training.integer import IntegerNet
from training.net import FloatNet, QuantizedNet, logits
from training.phase import Net, Phase
from training.recipe import ROOT
from training.task import Measured, Reader, Task, Written
from training.transfer import start_from


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
        elif "pretrain" in self.recipe.values:
            pretrain.start(net, self.recipe, *task.unlabelled(), self.folder.parent)
        self.phase = Phase("float", net, task.plan(), Descent.of(self.recipe))
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
            phase = Phase("int8", copy.deepcopy(quantized), plan, Descent.of(self.recipe))
            self.measure(reader(quantized, self.task.device), phase, "int8")
            self.run(phase)
            quantized, seen = self.fitter(quantized, phase.averaged()), seen + phase.seen
        self.write(quantized.eval(), x, measured, seen)

    @torch.no_grad()
    def fitter(self, calibrated: Net, trained: Net) -> Net:
        """A net may be as good as it gets before it is trained with simulated int8: the noise of
        its last steps then costs more than rounding."""
        before, after = (
            self.task.fitness(reader(net.eval(), self.task.device)) for net in (calibrated, trained)
        )
        if before is None or after is None or before <= after:
            return trained
        print("int8 as calibrated fits better than as trained", file=sys.stderr)
        return calibrated

    def run(self, phase: Phase) -> None:
        """The steps that are left."""
        first, began = phase.step, time.time()
        told = kept = began
        every = max(1, phase.plan.steps // phase.plan.measured)
        phase.net.train()
        while phase.step < phase.plan.steps:
            phase.advance(self.task.loss(phase), self.task.clip, self.task.constrain)
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
        integer = IntegerNet(self.output)
        judged = self.measure(exact(integer), self.phase, "exact int8", whole=True)
        training["int8_accuracy"] = judged.accuracy
        manifest = integer.manifest | {"training": training} | task.contract()
        write_manifest(self.output, manifest)
        if self.options.report:
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
