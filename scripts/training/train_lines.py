#!/usr/bin/env python3
"""Trains a line reader by a recipe: connectionist temporal classification over whole lines.

    .venv/bin/python scripts/training/train_lines.py line --data .data/lines

trains while `scripts/dataset/make.py --lines` still writes, waiting where it is ahead. Interrupted,
the same command goes on where it was.
"""

import argparse
import copy
import json
import pathlib
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

import lines
from lines import BLANK, SPACE, STRIDE

HERE = pathlib.Path(__file__).resolve().parent


class LineNet(nn.Module):
    """Convolutions with batch normalization; [N, 1, 32, W] -> logits [N, W / 2, 96]."""

    def __init__(self, recipe):
        super().__init__()
        self.layers = recipe["layers"]
        self.dropout = recipe["dropout"]
        self.weights = nn.ParameterList()
        self.norms = nn.ModuleList()
        depth = recipe["input"][2]
        for layer in self.layers:
            weight = torch.empty(layer["channels"], depth, *layer["kernel"])
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
            self.weights.append(nn.Parameter(weight.to(memory_format=torch.channels_last)))
            self.norms.append(nn.BatchNorm2d(layer["channels"]))
            depth = layer["channels"]
        self.norms[-1] = nn.Identity()
        self.bias = nn.Parameter(torch.zeros(depth))

    def forward(self, x):
        x = x.contiguous(memory_format=torch.channels_last)
        for i, layer in enumerate(self.layers):
            last = i == len(self.layers) - 1
            stride, dilation = layer.get("stride", [1, 1]), layer.get("dilation", [1, 1])
            pad = [0, 0]
            if layer.get("padding", "same") == "same":
                total = [max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
                         for size, s, k, d in zip(x.shape[2:], stride, layer["kernel"], dilation)]
                if any(value % 2 for value in total):
                    x = F.pad(x, (total[1] // 2, total[1] - total[1] // 2,
                                  total[0] // 2, total[0] - total[0] // 2))
                else:
                    pad = [value // 2 for value in total]
            if last and self.dropout:
                x = F.dropout2d(x, self.dropout, self.training)
            x = F.conv2d(x, self.weights[i], self.bias if last else None, stride, pad, dilation)
            if not last:
                x = F.relu(self.norms[i](x), inplace=True)
        return x[:, :, 0].transpose(1, 2)


def greedy(logits, widths):
    """Best label of every column, repeats and blanks left out."""
    best = logits.argmax(2).numpy()
    result = []
    for row, width in zip(best, widths):
        row = row[:width // STRIDE]
        keep = numpy.concatenate([[True], row[1:] != row[:-1]]) if len(row) else []
        result.append([int(label) for label in row[keep] if label != BLANK])
    return result


def distance(a, b):
    row = numpy.arange(len(b) + 1)
    b = numpy.asarray(b)
    for i, x in enumerate(a):
        change = row[:-1] + (b != x)
        next_row = numpy.minimum(row[1:] + 1, change)
        # Insertions run along the row.
        out = numpy.concatenate([[i + 1], next_row]) - numpy.arange(len(b) + 1)
        row = numpy.minimum.accumulate(out) + numpy.arange(len(b) + 1)
    return int(row[-1])


@torch.no_grad()
def evaluate(net, data, indices):
    """Character error rate without spaces by tier, share of lines right, of empty lines read."""
    net.eval()
    indices = sorted(indices, key=lambda k: len(data.pixels[k]))
    errors, counts, right, total = [0] * 3, [0] * 3, 0, 0
    spaces, empty, shown = 0, 0, 0
    for first in range(0, len(indices), 48):
        part = indices[first:first + 48]
        x, widths = lines.collate(data, part)
        for k, found in zip(part, greedy(net(x), widths)):
            truth = data.texts[k].tolist()
            if not truth:
                empty += 1
                shown += bool(found)
                continue
            bare = [label for label in found if label != SPACE]
            wanted = [label for label in truth if label != SPACE]
            wrong = distance(bare, wanted)
            errors[data.tiers[k]] += min(wrong, len(wanted))
            counts[data.tiers[k]] += len(wanted)
            right += wrong == 0
            spaces += found != truth and wrong == 0
            total += 1
    rates = [100 * e / max(1, c) for e, c in zip(errors, counts)]
    return {"cer": rates, "lines": 100 * right / max(1, total),
            "spaces": 100 * spaces / max(1, total), "empty": 100 * shown / max(1, empty)}


def words(result):
    rates = " / ".join(f"{rate:.2f}" for rate in result["cer"])
    return (f"CER {rates} %, {result['lines']:.1f} % of lines right ({result['spaces']:.1f} % but "
            f"for spaces), {result['empty']:.1f} % of empty lines read")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("recipe")
    parser.add_argument("--data", required=True)
    parser.add_argument("--state")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--fresh", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    recipe = json.loads((HERE / "recipes" / f"{options.recipe}.json").read_text())
    state_folder = pathlib.Path(options.state or HERE.parents[1] / ".data/training" / recipe["name"])
    state_folder.mkdir(parents=True, exist_ok=True)
    steps = options.steps or recipe["steps"]
    torch.manual_seed(recipe["seed"])
    rng = numpy.random.default_rng(recipe["seed"])
    data = lines.LineData(recipe, options.data)
    data.grow(0)
    net = LineNet(recipe)
    decay = [p for p in net.parameters() if p.dim() > 1]
    rest = [p for p in net.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": recipe["weight_decay"]},
                                   {"params": rest, "weight_decay": 0.0}],
                                  lr=recipe["learning_rate"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=recipe["learning_rate"], total_steps=steps + 1, pct_start=0.08)
    average = {key: value.clone() for key, value in net.state_dict().items()}
    twin = copy.deepcopy(net)
    step, loss_shown, seconds, curve, seen = 0, None, 0.0, [], 0
    checkpoint = state_folder / "checkpoint.pt"
    if checkpoint.exists() and not options.fresh:
        saved = torch.load(checkpoint)
        net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
        rng.bit_generator.state = saved["rng"]
        torch.set_rng_state(saved["torch"])
        average, step, seconds, curve, seen = (
            saved[name] for name in ("average", "step", "seconds", "curve", "seen"))
        data.waiting = saved["waiting"]
        print(f"going on at step {step}", file=sys.stderr)
    began, told, kept = time.time(), time.time(), time.time()
    first = step
    high, low = recipe["frame_weight"]
    net.train()
    while step < steps:
        data.grow(step / steps)
        indices = data.batch(rng)
        x, widths = lines.collate(data.train, indices)
        x, widths, stretch = lines.augment(x, widths, recipe["augment"], rng)
        text, lengths, frames = lines.targets(data.train, indices, stretch)
        logits = net(x).log_softmax(2)
        columns = torch.from_numpy(widths // STRIDE)
        loss = F.ctc_loss(logits.transpose(0, 1), torch.from_numpy(text), columns,
                          torch.from_numpy(lengths), blank=BLANK, reduction="none",
                          zero_infinity=True)
        # A line counts by the root of its length: long ones neither drown nor are drowned.
        loss = (loss / (torch.from_numpy(lengths).float() + 1) ** 0.5).mean()
        labels = lines.frame_labels(frames, widths, x.shape[3])
        certain = F.nll_loss(logits.reshape(-1, logits.shape[2]), labels.reshape(-1),
                             ignore_index=-1)
        # First where characters are, then what they are.
        share = min(1, step / (0.1 * steps))
        total = loss + 4 * (high + (low - high) * share) * certain
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        optimizer.step()
        schedule.step()
        step += 1
        seen += len(indices)
        keep = min(recipe["ema"], (1 + step) / (10 + step))
        with torch.no_grad():
            for key, value in net.state_dict().items():
                if value.is_floating_point():
                    average[key].mul_(keep).add_(value, alpha=1 - keep)
                else:
                    average[key].copy_(value)
        value = float(loss.detach())
        if not value == value:
            raise SystemExit("the loss is not a number: lower the learning rate")
        loss_shown = value if loss_shown is None else 0.98 * loss_shown + 0.02 * value
        now = time.time()
        if now - told > (1 if sys.stderr.isatty() else 30):
            speed = (step - first) / (now - began)
            print(f"\r{100 * step / steps:5.1f} %  loss {loss_shown:.4f}  "
                  f"{seen} lines, {len(data.train)} of them different  {speed:.2f} steps/s  "
                  f"{(steps - step) / speed / 60:.0f} min left",
                  end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
            told = now
        done = step == steps
        if step % max(1, steps // 20) == 0 or done:
            twin.load_state_dict(average)
            most = len(data.valid) if done else min(1000, len(data.valid))
            result = evaluate(twin, data.valid, list(range(most)))
            curve.append((step, seen, loss_shown, result))
            print(f"\rstep {step}: {words(result)}", file=sys.stderr, flush=True)
            torch.save({"net": average, "step": step}, state_folder / "average.pt")
        if now - kept > 120 or done:
            state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(),
                     "schedule": schedule.state_dict(), "average": average, "step": step,
                     "rng": rng.bit_generator.state, "torch": torch.get_rng_state(),
                     "seconds": seconds + now - began, "curve": curve, "seen": seen,
                     "waiting": data.waiting}
            partial = checkpoint.with_suffix(".partial")
            torch.save(state, partial)
            partial.replace(checkpoint)
            kept = now


if __name__ == "__main__":
    main()
