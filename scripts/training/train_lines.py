"""Trains a line reader: connectionist temporal classification over whole lines.

Lines may still be being made: where training is ahead of `scripts/python dataset.make --lines` it
waits.
"""

import copy
import hashlib
import json
import pathlib
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

from training import lines, plots
from training.export import export, write_manifest
from training.integer import IntegerNet
from training.line_report import evaluate, photograph_words
from training.lines import STRIDE
from training.net import FloatNet, QuantizedNet
from training.recipe import ROOT, Recipe
from training.transfer import Trained, start_from


def lesson(logits, taught, widths):
    """How far a network's columns are from its teacher's: the mean divergence of a column."""
    apart = F.kl_div(logits, taught.log_softmax(2), reduction="none", log_target=True).sum(2)
    inside = torch.arange(logits.shape[1])[None, :] < torch.from_numpy(widths // STRIDE)[:, None]
    inside = inside.to(apart.device)
    return (apart * inside).sum() / inside.sum()


class LineRun:
    def __init__(self, options):
        self.options = options
        self.recipe = Recipe(options.recipe)
        self.values = self.recipe.values
        self.name = options.name or self.recipe.name
        self.output = pathlib.Path(options.output or ROOT / "models" / self.name)
        self.folder = pathlib.Path(options.state or ROOT / ".data" / "training" / self.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(self.recipe.seed)
        self.device = torch.device(options.device)
        self.rng = numpy.random.default_rng(self.recipe.seed)
        self.labels = lines.Labels(self.recipe.labels)
        self.data = lines.LineData(self.values, self.labels, options.data, options.photographs)
        self.steps = options.steps or self.recipe.steps
        self.identity = hashlib.sha256(
            f"{self.recipe.text}{self.data.identity}{self.steps}".encode()
        ).hexdigest()
        self.net = FloatNet(self.recipe).to(self.device, memory_format=torch.channels_last)
        self.teacher = Trained(self.recipe.teacher) if "teacher" in self.values else None
        decay = [p for p in self.net.parameters() if p.dim() > 1]
        rest = [p for p in self.net.parameters() if p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decay, "weight_decay": self.recipe.weight_decay},
                {"params": rest, "weight_decay": 0.0},
            ],
            lr=self.recipe.learning_rate,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=self.recipe.learning_rate,
            total_steps=self.steps + 1,
            pct_start=self.values.get("warm_up", 0.08),
        )
        self.average = {key: value.clone() for key, value in self.net.state_dict().items()}
        self.step, self.loss, self.seen, self.curve = 0, None, 0, []
        self.began, self.earlier = time.time(), 0.0

    def seconds(self):
        return self.earlier + time.time() - self.began

    @property
    def checkpoint(self):
        return self.folder / "checkpoint.pt"

    def save(self):
        state = {
            "identity": self.identity,
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average,
            "step": self.step,
            "loss": self.loss,
            "rng": self.rng.bit_generator.state,
            "torch": torch.get_rng_state(),
            "seconds": self.seconds(),
            "curve": self.curve,
            "seen": self.seen,
            "waiting": self.data.waiting,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def restore(self):
        if self.options.fresh or not self.checkpoint.exists():
            return
        saved = torch.load(self.checkpoint, map_location="cpu")
        if saved["identity"] != self.identity:
            print(
                "the checkpoint is of another recipe or of other data: starting anew",
                file=sys.stderr,
            )
            return
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.schedule.load_state_dict(saved["schedule"])
        self.rng.bit_generator.state = saved["rng"]
        torch.set_rng_state(saved["torch"])
        self.average, self.step, self.loss, self.curve, self.seen, self.earlier = (
            saved[key] for key in ("average", "step", "loss", "curve", "seen", "seconds")
        )
        self.data.waiting = saved["waiting"]
        print(f"going on at step {self.step}", file=sys.stderr)

    def averaged(self):
        if not hasattr(self, "twin"):
            self.twin = copy.deepcopy(self.net)
        self.twin.load_state_dict(self.average)
        return self.twin.eval()

    def hold_out(self, families):
        """Validates on these families instead of the recipe's."""
        self.values["validation_families"] = families
        self.identity += " ".join(families)

    def start(self):
        """Takes the weights of the model that the recipe starts from, if there is one."""
        name = self.options.start or self.values.get("from")
        if self.step or not name or name == "nothing":
            return
        self.data.grow(0)
        middle = sorted(range(len(self.data.train)), key=lambda k: len(self.data.train.pixels[k]))
        x, _ = lines.collate(self.data.train, middle[len(middle) // 2 :][:200])
        start_from(self.net, self.recipe, name, x.to(self.device))
        self.average = {key: value.clone() for key, value in self.net.state_dict().items()}

    def train(self):
        self.restore()
        self.start()
        self.run_steps()
        self.finish(self.averaged())

    def run_steps(self):
        first, began = self.step, time.time()
        told = kept = began
        self.data.grow(0)
        self.net.train()
        while self.step < self.steps:
            self.advance()
            now = time.time()
            if now - told > (1 if sys.stderr.isatty() else 30):
                self.tell((self.step - first) / (now - began))
                told = now
            if self.step % max(1, self.steps // 20) == 0:
                report = evaluate(
                    lambda x: self.averaged()(x.to(self.device)).cpu(), self.data.valid, 1000
                )
                self.curve.append(
                    ("float", self.seen, self.loss, 1 - report.error_rate(), self.seconds())
                )
                print(f"\rstep {self.step}: {report.words()}", file=sys.stderr, flush=True)
                if self.data.kinds:
                    print(
                        photograph_words(
                            self.averaged(), self.data.valid_photographs, self.data.kinds
                        ),
                        file=sys.stderr,
                        flush=True,
                    )
            if now - kept > 120:
                self.save()
                kept = now
        self.save()

    def advance(self):
        """One step."""
        data, rng = self.data, self.rng
        data.grow(self.step / self.steps)
        indices = data.batch(rng)
        x, widths = lines.collate(data.train, indices)
        x, widths, stretch = lines.augment(x, widths, self.recipe.augment, rng)
        text, lengths, frames = lines.targets(data.train, indices, stretch)
        x = x.to(self.device, memory_format=torch.channels_last)
        # Half the bits where that loses nothing.
        with torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=self.values.get("autocast", False)
        ):
            logits = self.net(x)
            taught = self.teacher(x) if self.teacher else None
        logits = logits.float().log_softmax(2)
        lengths = torch.from_numpy(lengths)
        loss = F.ctc_loss(
            logits.transpose(0, 1),
            torch.from_numpy(text),
            torch.from_numpy(widths // STRIDE),
            lengths,
            blank=self.labels.blank,
            reduction="none",
            zero_infinity=True,
        )
        # A line counts by the root of its length: long ones neither drown nor are drowned.
        loss = (loss / (lengths.to(self.device).float() + 1) ** 0.5).mean()
        labels = lines.frame_labels(frames, widths, x.shape[3], self.labels).to(self.device)
        certain = F.nll_loss(
            logits.reshape(-1, logits.shape[2]), labels.reshape(-1), ignore_index=-1
        )
        # First where characters are, then what they are.
        high, low = self.recipe.frame_weight
        weight = high + (low - high) * min(1, self.step / (0.1 * self.steps))
        total = loss + 4 * weight * certain
        if taught is not None:
            total = total + self.recipe.teacher_weight * lesson(logits, taught.float(), widths)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5)
        self.optimizer.step()
        self.schedule.step()
        self.step += 1
        self.seen += len(indices)
        self.update_average()
        value = float(loss.detach())
        if not value == value:
            raise SystemExit("the loss is not a number: lower the learning rate")
        self.loss = value if self.loss is None else 0.98 * self.loss + 0.02 * value

    @torch.no_grad()
    def update_average(self):
        # Early on the average would lag behind.
        keep = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
        for key, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.average[key].mul_(keep).add_(value, alpha=1 - keep)
            else:
                self.average[key].copy_(value)

    def tell(self, speed):
        print(
            f"\r{100 * self.step / self.steps:5.1f} %  loss {self.loss:.4f}  {self.seen} lines, "
            f"{len(self.data.train)} of them different  {speed:.2f} steps/s  "
            f"{(self.steps - self.step) / speed / 60:.0f} min left",
            end="" if sys.stderr.isatty() else "\n",
            file=sys.stderr,
            flush=True,
        )

    @torch.no_grad()
    def finish(self, net):
        """Quantizes: the ranges come from training lines, validation only measures."""
        data, rng = self.data, numpy.random.default_rng(self.recipe.seed)
        data.grow(1)
        printed = [k for k in rng.permutation(len(data.train))[:1000] if len(data.train.texts[k])]
        printed.sort(key=lambda k: len(data.train.pixels[k]))
        middle = len(printed) // 2
        x, _ = lines.collate(data.train, printed[middle - 120 : middle + 120])
        net = net.to("cpu")
        quantized = QuantizedNet(net)
        quantized.calibrate(x)
        quantized.eval()
        logits = quantized(x)
        limits = (min(float(logits.min()), 0.0), max(float(logits.max()), 1e-3))
        count = len(data.valid)
        float_report = evaluate(net, data.valid, count)
        training = {
            "recipe": self.recipe.name,
            "recipe_sha256": hashlib.sha256(self.recipe.text.encode()).hexdigest(),
            "seed": self.recipe.seed,
            "data": " and ".join(
                f"{plan['images']} pictures of seed {plan['seed']}" for plan in data.plans
            ),
            "data_sha256": hashlib.sha256(
                json.dumps(data.plans, sort_keys=True).encode()
            ).hexdigest(),
            "lines": len(data.train),
            "samples": self.seen,
            "validation_lines": count,
            "validation_families": self.recipe.validation_families,
            "seconds": round(self.seconds()),
            "torch": torch.__version__,
            "device": str(self.device),
            "float_accuracy": 1 - float_report.error_rate(),
            "int8_accuracy": 0.0,
        }
        export(quantized, self.recipe, self.output, self.name, limits, training)
        integer = IntegerNet(self.output)

        def exact(x):
            values = integer.logits((x * 255).round().to(torch.uint8))
            return values.reshape(len(x), -1, len(self.recipe.labels)).float()

        report = evaluate(exact, data.valid, count)
        training["int8_accuracy"] = 1 - report.error_rate()
        write_manifest(self.output, integer.manifest | {"training": training})
        names = self.recipe.labels[: self.labels.space] + ["none"]
        plots.write_curve(self.output, self.curve)
        plots.write_confusion(self.output, names, report.confusions)
        shown = ""
        if self.data.kinds:
            words = photograph_words(exact, self.data.valid_photographs, self.data.kinds)
            shown = f"Lines of held-out photographs read exactly, spaces apart: {words}.\n\n"
        summary = (
            f"Float: {float_report.words()}.\n\nInt8: {report.words()}.\n\n{shown}"
            f"{plots.confusion_words(names, report.confusions)}"
        )
        print(f"\n{summary}", file=sys.stderr)
        self.write_readme(integer.manifest, training, summary)
        if not self.options.no_oracle:
            from training import oracle

            wide = self.recipe.input[1]
            fitting = [k for k in range(count) if len(data.valid.pixels[k]) <= wide][:400]
            x = numpy.zeros((len(fitting), 1, lines.HEIGHT, wide), numpy.uint8)
            for row, k in enumerate(fitting):
                pixels = data.valid.pixels[k]
                x[row, 0, :, : len(pixels)] = pixels.T
            oracle.check(self.output, x)

    def origin_words(self):
        words = ""
        start = self.options.start or self.values.get("from", "nothing")
        if start != "nothing":
            words = f"- Its weights began as those of `{pathlib.Path(start).name}`.\n"
        if self.teacher:
            words += f"- Taught by `{pathlib.Path(self.recipe.teacher).name}` besides.\n"
        return words

    def write_readme(self, manifest, training, summary):
        shapes = "\n".join(
            f"| {' x '.join(map(str, layer['kernel']))} | {' x '.join(map(str, layer['stride']))} "
            f"| {' x '.join(map(str, layer.get('dilation', [1, 1])))} "
            f"| {' x '.join(map(str, layer['output']))} | {layer['activation']} |"
            for layer in manifest["layers"]
        )
        hours, minutes = divmod(round(training["seconds"] / 60), 60)
        (self.output / "README.md").write_text(f"""# {self.name}

Reads whole lines. Written by `scripts/python training.train {self.recipe.name}`; `models/FORMAT.md`
describes the files.

- Lines of 32 rows and any width; {len(self.recipe.labels)} labels \
({self.labels.space} characters, the
  space, nothing) for each second column.
- {manifest["parameters"]:,} parameters, {manifest["weights"]["bytes"]:,} bytes of weights;
  {manifest["macs"]:,} multiplications and additions a line of 256 columns.
- Trained on {training["lines"]:,} lines ({training["data"]}), {training["samples"]:,} drawn, seed
  {training["seed"]}, in {hours}:{minutes:02} h on \
{"a GPU" if self.device.type == "cuda" else f"{torch.get_num_threads()} CPU thread(s)"} \
(PyTorch {training["torch"]}), while other
  work ran on the machine; recipe and seed repeat it.
{self.origin_words()}- Held out, and measured below: {", ".join(training["validation_families"])}.

| kernel | stride | dilation | output | activation |
|---|---|---|---|---|
{shapes}

{summary}

![Accuracy while training](curve.png)
![Confusions](confusion.png)
""")
