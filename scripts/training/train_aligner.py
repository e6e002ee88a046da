"""Trains an aligner: where a line's text is that was drawn a bit off."""

import hashlib
import json
import pathlib
import sys

import numpy
import torch
from torch.nn import functional as F

from training import aligner
from training.export import export, write_manifest
from training.integer import IntegerNet
from training.train_finder import FinderRun

# Of height, baseline, start, end.
GEOMETRY = torch.tensor([1.0, 1.5, 0.4, 0.4])
NOISE = 0.04  # the strongest, of ink


class AlignerData:
    """Lines of folders' shards, font families held out."""

    def __init__(self, recipe, folders):
        self.recipe = recipe
        self.folders = [pathlib.Path(folder) for folder in folders]
        self.plans = [json.loads((folder / "plan.json").read_text()) for folder in self.folders]
        self.state = hashlib.sha256()
        self.width = recipe["input"][1]
        parts = {False: [], True: []}
        for folder, plan in zip(self.folders, self.plans):
            held_out = numpy.array(
                [name in recipe["validation_families"] for name in plan["families"]] + [False]
            )
            for path in sorted(folder.glob("shard-?????.npz")):
                with numpy.load(path) as file:
                    shard = {name: file[name] for name in file.files}
                self.state.update(f"{path.name} {len(shard['pixels'])}".encode())
                ends = numpy.cumsum(aligner.ROWS * shard["widths"].astype(int))
                pixels = numpy.split(shard["pixels"], ends[:-1])
                family = numpy.minimum(shard["family"], len(held_out) - 1)
                for k, line in enumerate(shard["lines"]):
                    # What is no text goes with the picture's number.
                    out = bool(
                        held_out[family[k]]
                        or (family[k] == len(held_out) - 1 and shard["image"][k] % 16 == 0)
                    )
                    ends = bool(shard["ends"][k]) if "ends" in shard else True
                    parts[out].append((pixels[k].reshape(-1, aligner.ROWS).T, line, ends))
        self.train, self.valid = parts[False], parts[True]
        # Photographs, of which there are few, as often as the recipe says.
        self.photographs = [k for k, part in enumerate(self.train) if not part[2]]

    def digest(self):
        return self.state.hexdigest()

    def batch(self, rng, pixels, valid=False):
        some = self.valid if valid else self.train
        count = pixels // (aligner.ROWS * self.width)
        x = numpy.zeros((count, aligner.ROWS, self.width), numpy.uint8)
        wanted = []
        chosen = rng.integers(len(some), size=count)
        if self.photographs and not valid:
            share = int(self.recipe["photographs"] * count)
            chosen[:share] = rng.choice(self.photographs, share)
        sure = numpy.ones((count, 1, len(aligner.CHANNELS) - 1), numpy.float32)
        for row, k in enumerate(chosen):
            picture, line, sure[row, 0, 2:] = some[k]
            first = 0
            if picture.shape[1] > self.width:
                first = int(rng.integers(picture.shape[1] - self.width + 1))
            part = picture[:, first : first + self.width]
            x[row, :, : part.shape[1]] = part
            moved = line - numpy.array([-line[1] * first, 0, 0, first, first], numpy.float32)
            wanted.append(aligner.wanted(moved, self.width))
        x = torch.from_numpy(x).unsqueeze(1).float() / 255
        if not valid:
            x = (x + NOISE * torch.rand(count, 1, 1, 1) * torch.randn(x.shape)).clamp(0, 1)
        text, geometry = (torch.from_numpy(numpy.stack(part)) for part in zip(*wanted))
        return x, (text, geometry, torch.from_numpy(sure))


class AlignerRun(FinderRun):
    def opened(self, folders):
        return AlignerData(self.recipe.values, folders)

    def losses(self, outputs, wanted):
        """(of text, of geometry)."""
        text, geometry, sure = wanted
        outputs = outputs.float().reshape(*text.shape, len(aligner.CHANNELS))
        known = F.binary_cross_entropy_with_logits(outputs[..., 0], text)
        apart = F.smooth_l1_loss(outputs[..., 1:], geometry, reduction="none", beta=0.5)
        return known, (apart * GEOMETRY * sure * text[..., None]).sum() / (text.sum() + 5)

    def constrain(self, net):
        """Lines come in one light and one contrast."""

    @torch.no_grad()
    def measure(self, net, kind):
        """How far lines of held-out families are off once they are aligned."""
        errors, found, texts, ghosts, empty = [], 0, 0, 0, 0
        for x, (text, geometry, sure) in self.validation:
            outputs = net(x).float().reshape(*text.shape, -1).numpy()
            for one, some, values, known in zip(
                outputs, text.numpy(), geometry.numpy(), sure.numpy()
            ):
                line = aligner.line_of(one)
                if not some.any():
                    empty, ghosts = empty + 1, ghosts + (line is not None)
                    continue
                texts += 1
                truth = aligner.line_of(numpy.concatenate([8 * some[:, None] - 4, values], 1))
                if line is None:
                    continue
                found += 1
                middle = (truth[3] + truth[4]) / 2
                ends = (abs(line[3] - truth[3]), abs(line[4] - truth[4]))
                errors.append(
                    (
                        abs(line[0] + line[1] * middle - truth[0] - truth[1] * middle),
                        abs(numpy.log2(line[2] / truth[2])),
                        *(ends if known[0, -1] else (numpy.nan, numpy.nan)),
                    )
                )
        off = numpy.nanmean(errors, 0) if errors else [9, 9, 9, 9]
        share = float(numpy.mean([e[0] < 1.6 and e[1] < 0.15 for e in errors] or [0])) * found
        share /= max(1, texts)
        self.curve.append((kind, self.seen, self.loss, share, self.seconds()))
        self.report = (
            f"baseline {off[0]:.2f} rows off, height {100 * off[1]:.1f} % of an octave, "
            f"ends {off[2]:.2f} and {off[3]:.2f} columns; {100 * found / max(1, texts):.1f} % of "
            f"{texts} lines seen, {100 * ghosts / max(1, empty):.1f} % of {empty} places "
            "without text taken for one"
        )
        print(
            f"\rstep {self.step} {kind}: within a tenth {100 * share:.2f} %, {self.report}",
            file=sys.stderr,
            flush=True,
        )
        return share

    @torch.no_grad()
    def write(self, quantized, float_share):
        training = self.training(float_share)
        export(quantized, self.recipe, self.output, self.name, aligner.RANGE, training)
        integer = IntegerNet(self.output)

        def exact(x):
            values = integer.outputs((x * 255).round().to(torch.uint8))
            return values.float() / aligner.STEPS

        training["int8_accuracy"] = self.measure(exact, "exact int8")
        manifest = integer.manifest | {"training": training}
        write_manifest(self.output, manifest)
        (self.output / "README.md").write_text(f"""# {self.name}

Written by `scripts/python training.train {self.recipe.name}`; `models/FORMAT.md` describes \
the files.

- Input a line as it was drawn, 32 rows and any number of columns; every 8 columns it says \
{", ".join(aligner.CHANNELS)} of the line's own text (`scripts/training/aligner.py`).
- {manifest["parameters"]:,} parameters, {manifest["macs"]:,} multiplications and additions for \
{self.recipe.input[1]} columns, {manifest["weights"]["bytes"]:,} bytes of weights.
- On {sum(len(x) for x, _ in self.validation):,} lines of families held out, by the exact integer \
arithmetic: {self.report}.
- Trained on {training["pictures"]:,} lines ({training["data"]}), {training["samples"]:,} drawn, \
seed {training["seed"]}, in {training["seconds"] / 3600:.1f} h on the CPU \
(PyTorch {training["torch"]}).
- Data {training["data_sha256"]}.
- Held out: {", ".join(self.recipe.validation_families)}.
""")
        if not self.options.no_oracle:
            from training import oracle

            rng = numpy.random.default_rng(3)
            x, _ = self.data.batch(rng, 300 * aligner.ROWS * self.recipe.input[1], True)
            oracle.check(self.output, (x * 255).round().to(torch.uint8).numpy())
