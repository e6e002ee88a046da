"""Trains a network by a recipe and writes it as a model folder.

    scripts/training/setup
    scripts/python training.train glyph --data .data/glyphs

trains in floating point, then with simulated int8, writes models/glyph, measures the integer
network by its exact arithmetic and has TensorFlow Lite Micro confirm it. Interrupted, the same
command goes on where it was.
"""

import argparse
import copy
import hashlib
import json
import pathlib
import sys
import time

import torch
from torch.nn import functional as F

from training import plots
from training.data import Data, augment
from training.export import export, write_manifest
from training.integer import IntegerNet
from training.net import FloatNet, QuantizedNet
from training.recipe import ROOT, Recipe
from training.transfer import start_from

LOSSES = ("cross_entropy", "hinge", "ring")


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/python training.train", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("recipe", help="name in scripts/training/recipes, or a path")
    parser.add_argument(
        "--data",
        required=True,
        help="folder of shards, of lines also several with commas between, or mnist.npz",
    )
    parser.add_argument("--output", help="model folder (default: models/NAME)")
    parser.add_argument("--name", help="name of the model (default: the recipe's)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--photographs", help="folder of shards of photographs' lines")
    parser.add_argument("--samples", type=int, help="training samples instead of the recipe's")
    parser.add_argument("--steps", type=int, help="steps instead of a line recipe's")
    parser.add_argument(
        "--from",
        dest="start",
        metavar="MODEL",
        help="model to start from instead of the recipe's `from`, or nothing",
    )
    parser.add_argument("--state", help="folder for checkpoints (default: .data/training/NAME)")
    parser.add_argument("--fresh", action="store_true", help="ignore a checkpoint")
    parser.add_argument(
        "--no-oracle", action="store_true", help="don't compare with TensorFlow Lite Micro"
    )
    return parser.parse_args()


def duration(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def on_a_ring(labels, count, spread):
    """What is wanted of places on a drum, the last label apart: neighbours share, by a normal
    distribution of a deviation of `spread` places, since nobody tells them quite apart."""
    places = torch.arange(count - 1)
    away = (places - labels.cpu()[:, None]).abs()
    away = torch.minimum(away, count - 1 - away).float()
    wanted = torch.softmax(-0.5 * (away / spread) ** 2, 1)
    none = (labels.cpu() == count - 1)[:, None]
    return torch.cat([wanted * ~none, none.float()], 1)


class Trainer:
    """One of the two phases: its network, optimizer, averaged weights and place in training."""

    def __init__(self, run, phase, net, samples, rate):
        self.run, self.phase, self.net = run, phase, net
        recipe = run.recipe
        self.steps = max(1, samples // recipe.batch)
        decay = [p for p in net.parameters() if p.requires_grad and p.dim() > 1]
        rest = [p for p in net.parameters() if p.requires_grad and p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decay, "weight_decay": recipe.weight_decay},
                {"params": rest, "weight_decay": 0.0},
            ],
            lr=rate,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=rate,
            total_steps=self.steps + 1,
            pct_start=0.15 if phase == "float" else 0.05,
        )
        self.average = {key: value.clone() for key, value in net.state_dict().items()}
        self.step = 0
        self.loss = None

    def state(self):
        return {
            "phase": self.phase,
            "step": self.step,
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average,
            "loss": self.loss,
            "generator": self.run.generator.get_state(),
            "torch": torch.get_rng_state(),
            "seconds": self.run.seconds(),
            "curve": self.run.curve,
            "ranges": getattr(self.net, "ranges", None),
        }

    def restore(self, state):
        self.step, self.loss, self.average = state["step"], state["loss"], state["average"]
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.run.generator.set_state(state["generator"])
        torch.set_rng_state(state["torch"])
        if state["ranges"] is not None:
            self.net.ranges = state["ranges"]

    def train(self):
        run, recipe = self.run, self.run.recipe
        began, began_at = time.time(), self.step
        shown = saved = began
        self.net.train()
        while self.step < self.steps:
            indices = run.data.draw(recipe.batch, run.generator)
            patches = run.data.train_patches[indices].to(run.device)
            labels = run.data.train_labels[indices].to(run.device)
            x = augment(patches, recipe.augment, run.generator)
            loss = run.loss(self.net(x), labels)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            if self.phase == "float":
                self.net.keep_monotone()
            self.step += 1
            self.update_average()
            if self.step % 20 == 0:
                value = loss.item()
                if not value == value:
                    raise SystemExit("the loss is not a number: lower the learning rate")
                self.loss = value if self.loss is None else 0.9 * self.loss + 0.1 * value

            now = time.time()
            if now - shown > (1 if sys.stderr.isatty() else 30) and self.loss is not None:
                speed = (self.step - began_at) / (now - began)
                left = (self.steps - self.step) / speed
                print(
                    f"\r{self.phase}: {100 * self.step / self.steps:5.1f} %  "
                    f"loss {self.loss:.4f}  {speed * recipe.batch:6.0f} samples/s  "
                    f"{duration(left)} left",
                    end="" if sys.stderr.isatty() else "\n",
                    file=sys.stderr,
                    flush=True,
                )
                shown = now
            if self.step % max(1, self.steps // 20) == 0 or self.step == self.steps:
                accuracy = run.accuracy(self.averaged(), run.sample)
                run.note(self.phase, self.step * recipe.batch, self.loss, accuracy)
                self.net.train()
            if now - saved > 60:
                run.save(self)
                saved = now
        self.net.load_state_dict(self.average)

    @torch.no_grad()
    def update_average(self):
        # Early on the average would lag behind.
        keep = min(self.run.recipe.ema, (1 + self.step) / (10 + self.step))
        for key, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.average[key].mul_(keep).add_(value, alpha=1 - keep)
            else:
                self.average[key].copy_(value)

    def averaged(self):
        if not hasattr(self, "copy"):
            self.copy = copy.deepcopy(self.net)
        self.copy.load_state_dict(self.average)
        if hasattr(self.net, "ranges"):
            self.copy.ranges = self.net.ranges
        return self.copy.eval()


class Run:
    def __init__(self, options):
        self.options = options
        self.recipe = Recipe(options.recipe)
        if self.recipe.values.get("loss", "cross_entropy") not in LOSSES:
            raise SystemExit(f"loss is one of {', '.join(LOSSES)}")
        if self.recipe.positions > 1:
            raise SystemExit(f"{options.recipe} reads lines; patches here hold one character")
        self.name = options.name or self.recipe.name
        self.output = pathlib.Path(options.output or ROOT / "models" / self.name)
        self.state_folder = pathlib.Path(options.state or ROOT / ".data" / "training" / self.name)
        self.state_folder.mkdir(parents=True, exist_ok=True)
        self.device = torch.device(options.device)
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(self.recipe.seed)
        self.generator = torch.Generator().manual_seed(self.recipe.seed)
        print(f"reading {options.data}", file=sys.stderr)
        self.data = Data(self.recipe, options.data)
        print(
            f"{len(self.data.train_labels)} training and {len(self.data.valid_labels)} "
            f"validation patches, {len(self.data.families)} families, "
            f"{len(self.data.held_out)} held out",
            file=sys.stderr,
        )
        self.samples = options.samples or self.recipe.samples
        self.quantized_samples = min(self.recipe.quantized_samples, self.samples)
        self.identity = hashlib.sha256(
            f"{self.recipe.text}{self.data.hash}{self.samples}".encode()
        ).hexdigest()
        self.sample = torch.randperm(
            len(self.data.valid_labels), generator=torch.Generator().manual_seed(1)
        )[:20_000]
        self.curve = []
        self.began, self.earlier = time.time(), 0.0

    def seconds(self):
        return self.earlier + time.time() - self.began

    def loss(self, logits, labels):
        if self.recipe.values.get("loss") == "hinge":
            # Crammer and Singer's: the true class ahead of every other by 1.
            rivals = logits.scatter(1, labels[:, None], float("-inf")).amax(1)
            return F.relu(1 + rivals - logits.gather(1, labels[:, None])[:, 0]).mean()
        if self.recipe.values.get("loss") == "ring":
            labels = on_a_ring(labels, logits.shape[1], self.recipe.spread).to(logits.device)
        return F.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)

    def note(self, phase, samples, loss, accuracy):
        self.curve.append((phase, samples, loss, accuracy, self.seconds()))
        shown = f"{loss:.4f}" if loss is not None else "-"
        print(
            f"\r{phase}: {samples} samples, loss {shown}, accuracy {100 * accuracy:.2f} %   ",
            file=sys.stderr,
            flush=True,
        )

    @property
    def checkpoint(self):
        return self.state_folder / "checkpoint.pt"

    def save(self, trainer, **more):
        state = trainer.state() | {"identity": self.identity} | more
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def restored(self):
        if self.options.fresh or not self.checkpoint.exists():
            return None
        state = torch.load(self.checkpoint, map_location="cpu")
        if state["identity"] != self.identity:
            print(
                "the checkpoint is of another recipe or of other data: starting anew",
                file=sys.stderr,
            )
            return None
        self.earlier, self.curve = state["seconds"], state["curve"]
        print(f"going on at {state['phase']} step {state['step']}", file=sys.stderr)
        return state

    @torch.no_grad()
    def predictions(self, net, indices=None):
        """Most likely labels of validation patches."""
        net.eval()
        patches = self.data.valid_patches
        result = []
        indices = torch.arange(len(patches)) if indices is None else indices
        for part in indices.split(1024):
            x = patches[part].to(self.device).float() / 255
            result.append(net(x).argmax(1).cpu())
        return torch.cat(result)

    def accuracy(self, net, indices=None):
        labels = self.data.valid_labels if indices is None else self.data.valid_labels[indices]
        return float((self.predictions(net, indices) == labels).float().mean())

    def train(self):
        state = self.restored()
        net = FloatNet(self.recipe).to(self.device)
        start = self.options.start or self.recipe.values.get("from")
        if start:
            patches = self.data.train_patches[self.data.draw(1024, self.generator)]
            start_from(net, self.recipe, start, patches.to(self.device).float() / 255)
        trainer = Trainer(self, "float", net, self.samples, self.recipe.learning_rate)
        if state and state["phase"] == "float":
            trainer.restore(state)
        if not state or state["phase"] == "float":
            trainer.train()
            self.float_accuracy = self.accuracy(net)
            torch.save(
                {
                    "net": net.state_dict(),
                    "identity": self.identity,
                    "accuracy": self.float_accuracy,
                },
                self.state_folder / "float.pt",
            )
            self.save(trainer)
        else:
            saved = torch.load(self.state_folder / "float.pt", map_location="cpu")
            net.load_state_dict(saved["net"])
            self.float_accuracy = saved["accuracy"]
        net.eval()

        quantized = QuantizedNet(net).to(self.device)
        indices = self.data.draw(4096, self.generator)
        calibration = augment(
            self.data.train_patches[indices].to(self.device), self.recipe.augment, self.generator
        )
        quantized.calibrate(calibration)
        trainer = Trainer(
            self, "int8", quantized, self.quantized_samples, self.recipe.quantized_learning_rate
        )
        if state and state["phase"] == "int8":
            trainer.restore(state)
        else:
            self.note("int8", 0, None, self.accuracy(quantized, self.sample))
        trainer.train()
        self.save(trainer)
        quantized.eval()
        self.finish(quantized)

    @torch.no_grad()
    def finish(self, net):
        # The range of the logits comes from training patches: validation only measures.
        indices = self.data.draw(min(50_000, 4 * len(self.data.train_labels)), self.generator)
        low, high = 0.0, 0.0
        for part in indices.split(1024):
            logits = net(self.data.train_patches[part].to(self.device).float() / 255)
            low, high = min(low, float(logits.min())), max(high, float(logits.max()))

        training = {
            "recipe": self.recipe.name,
            "recipe_sha256": hashlib.sha256(self.recipe.text.encode()).hexdigest(),
            "seed": self.recipe.seed,
            "data": self.data.description,
            "data_sha256": self.data.hash,
            "patches": len(self.data.train_labels),
            "samples": self.samples + self.quantized_samples,
            "validation_patches": len(self.data.valid_labels),
            "validation_families": self.data.held_out,
            "seconds": round(self.seconds()),
            "torch": torch.__version__,
            "device": str(self.device),
            "float_accuracy": self.float_accuracy,
            "int8_accuracy": 0.0,
        }
        export(net, self.recipe, self.output, self.name, (low, high), training)
        integer = IntegerNet(self.output, self.device)
        found = integer.logits(self.data.valid_patches).argmax(1)
        truth = self.data.valid_labels
        training["int8_accuracy"] = float((found == truth).double().mean())
        write_manifest(self.output, integer.manifest | {"training": training})
        report = plots.write_reports(
            self.output,
            self.recipe.labels,
            truth.numpy(),
            found.numpy(),
            self.data.valid_tiers.numpy(),
            self.curve,
        )
        print(
            f"\nfloat {100 * training['float_accuracy']:.2f} %, "
            f"int8 {100 * training['int8_accuracy']:.2f} % of {len(truth)}\n{report}",
            file=sys.stderr,
        )
        self.write_readme(training, report)
        if not self.options.no_oracle:
            from training import oracle

            oracle.check(self.output, self.data.valid_patches.numpy())

    def write_readme(self, training, report):
        manifest = json.loads((self.output / "model.json").read_text())
        shapes = "\n".join(
            f"| {layer['kind']} | {' x '.join(map(str, layer.get('kernel', [])))} | "
            f"{' x '.join(map(str, layer['output']))} | "
            f"{layer.get('function', layer['activation'])} |"
            for layer in manifest["layers"]
        )
        held_out = ", ".join(training["validation_families"]) or "the data's own test set"
        (self.output / "README.md").write_text(f"""# {self.name}

Written by `scripts/python training.train {self.recipe.name}`; `models/FORMAT.md` describes \
the files.

- Input {" x ".join(map(str, self.recipe.input))} (height, width, channels), \
{len(self.recipe.labels)} labels.
- {manifest["parameters"]:,} parameters, {manifest["macs"]:,} multiplications and additions a \
patch, {manifest["weights"]["bytes"]:,} bytes of weights.
- Accuracy on {training["validation_patches"]:,} held-out patches: float \
{100 * training["float_accuracy"]:.2f} %, int8 {100 * training["int8_accuracy"]:.2f} % (by the \
exact integer arithmetic).
- Trained on {training["patches"]:,} patches ({training["data"]}), {training["samples"]:,} drawn, \
seed {training["seed"]}, in {duration(training["seconds"])} on \
{"a GPU" if self.device.type == "cuda" else f"{torch.get_num_threads()} CPU thread(s)"} \
(PyTorch {training["torch"]}).
- Data {training["data_sha256"]}.
- Held out: {held_out}.

| layer | kernel | output | activation |
|---|---|---|---|
{shapes}

{report}

![Accuracy while training](curve.png)
![Confusions](confusion.png)
""")


if __name__ == "__main__":
    options = arguments()
    if Recipe(options.recipe).data == "lines":
        from training.train_lines import LineRun

        LineRun(options).train()
    elif Recipe(options.recipe).data == "finder":
        from training.train_finder import FinderRun

        FinderRun(options).train()
    elif Recipe(options.recipe).data == "aligner":
        from training.train_aligner import AlignerRun

        AlignerRun(options).train()
    else:
        Run(options).train()
