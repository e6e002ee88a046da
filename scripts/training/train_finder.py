"""Trains a finder of lines: what each sub-cell of a picture says of the line through it."""

import copy
import hashlib
import pathlib
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

from training import finder, judge_finder
from training.export import export, write_manifest
from training.finder_data import FinderData
from training.integer import IntegerNet
from training.net import FloatNet, QuantizedNet
from training.recipe import ROOT, Recipe

# Of height, x-height, baseline, slope, start, end.
GEOMETRY = torch.tensor([1.0, 0.8, 1.0, 1.5, 0.5, 0.5])


def divided(outputs):
    """[N, rows, columns, 16] -> [N, 2 rows, columns, 8]: depth to space."""
    count, rows, columns, _ = outputs.shape
    return (
        outputs.reshape(count, rows, columns, 2, 8)
        .permute(0, 1, 3, 2, 4)
        .reshape(count, 2 * rows, columns, 8)
    )


def losses(outputs, wanted):
    """(of dark and light, of geometry)."""
    classes, geometry, weight, small = wanted
    outputs = divided(outputs.float())
    logits, truth = outputs[..., :2], classes.float()
    known = (classes >= 0).float()
    truth = truth.clamp(min=0)
    plain = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    # Focal: what is clear already counts little.
    wrong = (truth - torch.sigmoid(logits)).abs().detach()
    share = truth * weight[..., None] * 2 + (1 - truth)
    core = (plain * wrong * share * known).sum() / ((truth * weight[..., None] * known).sum() + 20)
    apart = F.smooth_l1_loss(outputs[..., 2:], geometry, reduction="none", beta=1.0)
    factor = weight[..., None] * GEOMETRY
    factor = torch.cat([factor[..., :1], factor[..., 1:2] * small[..., None], factor[..., 2:]], -1)
    shape = (apart * factor).sum() / (weight.sum() + 5)
    return core, shape


@torch.no_grad()
def level(weight):
    """The first layer sees differences only: how light the picture is says nothing."""
    weight -= weight.mean((1, 2, 3), keepdim=True)


class FinderRun:
    def __init__(self, options):
        self.options = options
        self.recipe = Recipe(options.recipe)
        self.name = options.name or self.recipe.name
        self.output = pathlib.Path(options.output or ROOT / "models" / self.name)
        self.folder = pathlib.Path(options.state or ROOT / ".data" / "training" / self.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(self.recipe.seed)
        self.rng = numpy.random.default_rng(self.recipe.seed)
        self.data = self.opened(str(options.data).split(","))
        self.steps = options.steps or self.recipe.steps
        self.identity = hashlib.sha256(
            f"{self.recipe.text}{self.data.digest()}{self.steps}".encode()
        ).hexdigest()
        self.net = FloatNet(self.recipe).to(memory_format=torch.channels_last)
        self.optimizer = optimizer(self.net, self.recipe, self.recipe.learning_rate)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=self.recipe.learning_rate,
            total_steps=self.steps + 1,
            pct_start=0.08,
        )
        self.average = {key: value.clone() for key, value in self.net.state_dict().items()}
        self.step, self.loss, self.seen, self.curve = 0, None, 0, []
        self.began, self.earlier = time.time(), 0.0
        self.warm = False  # whether another training's weights were gone on from
        rng = numpy.random.default_rng(5)
        self.validation = []
        while sum(len(x) for x, _ in self.validation) < self.recipe.validation_crops:
            self.validation.append(self.data.batch(rng, self.recipe.batch_pixels, True))

    def opened(self, folders):
        return FinderData(self.recipe.values, folders)

    def losses(self, outputs, wanted):
        return losses(outputs, wanted)

    def constrain(self, net):
        level(net.weights[0])

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
            "seconds": self.seconds(),
            "curve": self.curve,
            "seen": self.seen,
            "warm": self.warm,
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
                "the checkpoint is of another recipe or of other data: starting from its weights",
                file=sys.stderr,
            )
            self.net.load_state_dict(saved["average"])
            self.average = {key: value.clone() for key, value in saved["average"].items()}
            self.warm = True
            return
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.schedule.load_state_dict(saved["schedule"])
        self.rng.bit_generator.state = saved["rng"]
        self.average, self.step, self.loss, self.curve, self.seen, self.earlier = (
            saved[key] for key in ("average", "step", "loss", "curve", "seen", "seconds")
        )
        self.warm = saved.get("warm", False)
        print(f"going on at step {self.step}", file=sys.stderr)

    def averaged(self):
        twin = copy.deepcopy(self.net)
        twin.load_state_dict(self.average)
        return twin.eval()

    def train(self):
        self.restore()
        first, began = self.step, time.time()
        told = kept = began
        self.net.train()
        while self.step < self.steps:
            if self.step >= self.recipe.freeze * self.steps:
                self.freeze()
            self.advance(self.net)
            self.schedule.step()
            self.update_average()
            now = time.time()
            if now - told > (1 if sys.stderr.isatty() else 30):
                speed = (self.step - first) / (now - began)
                print(
                    f"\r{100 * self.step / self.steps:5.1f} %  loss {self.loss:.4f}  "
                    f"{self.seen} crops  {speed:.2f} steps/s  "
                    f"{(self.steps - self.step) / speed / 60:.0f} min left",
                    end="" if sys.stderr.isatty() else "\n",
                    file=sys.stderr,
                    flush=True,
                )
                told = now
            if self.step % max(1, self.steps // 12) == 0:
                self.measure(self.averaged(), "float")
            if now - kept > 60:
                self.save()
                kept = now
        self.save()
        self.finish(self.averaged())

    @torch.no_grad()
    def freeze(self):
        """From here on normalization is by fixed statistics, as in use: crops of text alone differ
        from whole scenes."""
        if not self.net.norms[0].training:
            return
        for name, value in self.net.named_buffers():
            value.copy_(self.average[name])
        for norm in self.net.norms:
            norm.eval()

    def advance(self, net):
        """One step of the optimizer."""
        x, wanted = self.data.batch(self.rng, self.recipe.batch_pixels)
        core, shape = self.losses(net(x.to(memory_format=torch.channels_last)), wanted)
        self.optimizer.zero_grad(set_to_none=True)
        (core + shape).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        self.optimizer.step()
        self.constrain(net)
        self.step += 1
        self.seen += len(x)
        value = float((core + shape).detach())
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

    @torch.no_grad()
    def measure(self, net, kind):
        """Losses, and how well sub-cells are told apart, on crops of held-out families."""
        total, hits, found, truths = numpy.zeros(2), 0, 0, 0
        for x, wanted in self.validation:
            outputs = net(x)
            total += [float(part) for part in self.losses(outputs, wanted)]
            chosen, known = divided(outputs)[..., :2] > 0, wanted[0] >= 0
            hits += int((chosen & (wanted[0] == 1)).sum())
            found += int((chosen & known).sum())
            truths += int((wanted[0] == 1).sum())
        total /= len(self.validation)
        share = 2 * hits / max(1, found + truths)
        self.curve.append((kind, self.seen, self.loss, share, self.seconds()))
        print(
            f"\rstep {self.step} {kind}: core {total[0]:.4f}, geometry {total[1]:.4f}, "
            f"recall {hits / max(1, truths):.4f}, precision {hits / max(1, found):.4f}",
            file=sys.stderr,
            flush=True,
        )
        return share

    def finish(self, net):
        """Quantizes, trains on with simulated int8, writes and measures the model."""
        float_share = self.measure(net, "float")
        rng = numpy.random.default_rng(self.recipe.seed)
        batches = [self.data.batch(rng, self.recipe.batch_pixels // 4)[0] for _ in range(8)]
        wide = max(x.shape[2] for x in batches)
        quantized = QuantizedNet(net)
        quantized.calibrate(next(x for x in batches if x.shape[2] == wide))
        self.optimizer = optimizer(quantized, self.recipe, self.recipe.learning_rate / 20)
        steps = min(self.recipe.quantized_steps, self.steps)
        for step in range(steps):
            for group in self.optimizer.param_groups:
                group["lr"] = self.recipe.learning_rate / 20 * (1 - step / steps)
            self.advance(quantized)
        quantized.eval()
        self.measure(quantized, "int8")
        self.write(quantized, float_share)

    def training(self, float_share):
        """What the manifest says of the training."""
        return {
            "recipe": self.recipe.name,
            "recipe_sha256": hashlib.sha256(self.recipe.text.encode()).hexdigest(),
            "seed": self.recipe.seed,
            "data": " and ".join(
                f"{p['images']} pictures of seed {p['seed']}" for p in self.data.plans
            ),
            "data_sha256": self.data.digest(),
            "pictures": len(self.data.train),
            "samples": self.seen,
            "validation_pictures": len(self.data.valid),
            "validation_families": self.recipe.validation_families,
            "warm_start": self.warm,
            "seconds": round(self.seconds()),
            "torch": torch.__version__,
            "device": "cpu",
            "float_accuracy": float_share,
            "int8_accuracy": 0.0,
        }

    @torch.no_grad()
    def write(self, quantized, float_share):
        training = self.training(float_share)
        export(quantized, self.recipe, self.output, self.name, finder.RANGE, training)
        integer = IntegerNet(self.output)

        def exact(x):
            values = integer.outputs((x * 255).round().to(torch.uint8))
            return values.float() / finder.STEPS

        training["int8_accuracy"] = self.measure(exact, "exact int8")
        manifest = integer.manifest | {"training": training, "finder": finder.contract()}
        write_manifest(self.output, manifest)
        valid = self.data.valid
        count = min(len(valid), 150)
        report = judge_finder.judge(
            judge_finder.reader(integer),
            (
                (valid.pixels[k], judge_finder.truths(valid.lines[k], valid.unread[k]))
                for k in range(count)
            ),
        )
        print(report.words(), file=sys.stderr)
        judge_finder.write_readme(self.output, self.recipe, manifest, report, count)
        if not self.options.no_oracle:
            from training import oracle

            shape = self.recipe.input[:2]
            rng = numpy.random.default_rng(3)
            crops = numpy.stack(
                [self.data.validator.crop(tuple(shape), rng)[0] for _ in range(300)]
            )
            oracle.check(self.output, finder.TONE[crops][:, None])


def optimizer(net, recipe, rate):
    decay = [p for p in net.parameters() if p.dim() > 1]
    rest = [p for p in net.parameters() if p.dim() <= 1]
    return torch.optim.AdamW(
        [
            {"params": decay, "weight_decay": recipe.weight_decay},
            {"params": rest, "weight_decay": 0.0},
        ],
        lr=rate,
    )
