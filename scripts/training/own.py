"""Trains a reader on your own labelled photographs, and keeps it only if it forgot nothing.

    scripts/training/own PHOTOS --name mine

PHOTOS are labelled as `dataset/own.py` says: by their names (00471_1.png), labels.csv or
truth.json. What the reader knew is drawn again, learned besides and judged by fonts that it never
sees. What training found is mixed with what was there before, in the share that reads the
photographs held out best and loses no more than 0.1 points of the old data; if there is no such
share nothing is written. Stopped, the same command goes on where it was.
"""

import argparse
import copy
import hashlib
import os
import pathlib
import shutil
import sys
from typing import Any

import torch

from dataset import make
from training import own_page, tasks
from training.integer import IntegerNet
from training.net import FloatNet, QuantizedNet
from training.own_modes import MODES, Judged, Mode
from training.phase import Net
from training.recipe import ROOT, Recipe
from training.task import Options
from training.trainer import Trainer, exact, reader
from training.transfer import opened

FORGOTTEN = 0.1  # points of the old data's validation that may be lost, unless told otherwise
# How much of the way from the old weights to those that training ended with.
SHARES = (1.0, 0.9, 0.75, 0.6, 0.4, 0.2)
REPLAYED = 1500  # pictures drawn of what is known
SEED = 11


def replay(options: argparse.Namespace, mode: Mode) -> str:
    """The folder of what is known already; made once for all trainings by one program."""
    if options.replay:
        return str(options.replay)
    program = shutil.which(options.cutter)
    if program is None:
        raise ValueError(f"no program {options.cutter}: build it, or tell it by SCRIBE or --cutter")
    state = hashlib.sha256(pathlib.Path(program).read_bytes() + make.sources().encode())
    folder = options.work / f"replayed-{mode.name}-{options.replayed}-{state.hexdigest()[:8]}"
    print(f"drawing what is known, {folder}", file=sys.stderr)
    command = ["--seed", str(SEED), "--images", str(options.replayed), "--shard", "100"]
    command += ["--cutter", options.cutter, "--out", str(folder), "--jobs", str(options.jobs)]
    if make.main([*command, *mode.drawing]):
        raise SystemExit(1)
    return str(folder)


def mixed(old: FloatNet, new: Net, share: float) -> FloatNet:
    """A net between two."""
    net = copy.deepcopy(old)
    weights = {
        name: value.lerp(new.state_dict()[name], share) if value.is_floating_point() else value
        for name, value in old.state_dict().items()
    }
    net.load_state_dict(weights)
    return net.eval()


def quantized(trainer: Trainer, net: FloatNet, x: torch.Tensor) -> QuantizedNet:
    made = QuantizedNet(net).to(trainer.task.device)
    made.calibrate(x)
    return made.eval()


@torch.no_grad()
def ranked(
    trainer: Trainer, mode: Mode, old: FloatNet, x: torch.Tensor, forgotten: float
) -> tuple[list[tuple[float, QuantizedNet]], list[tuple[float, Judged]]]:
    """Shares worth writing, the best first, by simulated int8; and what was measured of all, of the
    old weights too."""
    device = trainer.task.device
    before = mode.judge(trainer.task, reader(quantized(trainer, old, x), device))
    print(f"before: {before.words(mode)}", file=sys.stderr)
    found, tried = [], [(0.0, before)]
    for share in SHARES:
        net = quantized(trainer, mixed(old, trainer.phase.averaged(), share), x)
        judged = mode.judge(trainer.task, reader(net, device))
        print(f"{share:.2f} of the way: {judged.words(mode)}", file=sys.stderr)
        tried.append((share, judged))
        if judged.old >= before.old - forgotten and judged.own >= before.own:
            found.append((judged.own, judged.old, share, net))
    found.sort(key=lambda one: one[:3], reverse=True)
    return [(share, net) for _, _, share, net in found], tried


def learn(options: argparse.Namespace, mode: Mode) -> int:
    state = options.work / options.name
    try:
        given = mode.prepare(options, state, replay(options, mode))
    except ValueError as error:
        print(f"training.own: {error}", file=sys.stderr)
        return 1
    recipe = Recipe(options.recipe or mode.recipe)
    draft = state / "model"
    trainer = Trainer(
        tasks.of(
            recipe,
            Options(
                **given,
                name=options.name,
                output=str(draft),
                state=str(state),
                device=options.device,
                threads=options.threads,
                steps=options.steps,
                samples=options.steps and options.steps * recipe.batch if mode.counted else None,
                fresh=options.fresh,
                oracle=options.oracle,
            ),
        )
    )
    task = trainer.task
    old = mode.first(trainer)
    trainer.run(trainer.phase)
    trainer.save()
    x = task.calibration().to(task.device)
    known = IntegerNet(opened(recipe.values["from"])[0])
    before = mode.judge(task, exact(known))
    after: Judged | None = None
    share = 0.0
    found, tried = ranked(trainer, mode, old, x, options.forgotten)
    for share, net in found:
        float_measured = trainer.measure(
            reader(mixed(old, trainer.phase.averaged(), share), task.device),
            trainer.phase,
            "float",
            whole=True,
        )
        trainer.write(net, x, float_measured, trainer.phase.seen)
        after = mode.judge(task, exact(IntegerNet(draft)))
        if after.old >= before.old - options.forgotten and after.own >= before.own:
            break
        print(f"int8, {share:.2f} of the way: {after.words(mode)}: refused", file=sys.stderr)
        after = None
    print(f"before, int8: {before.words(mode)}")
    if after is None:
        print(
            f"after: no share of what was learned reads the photographs held out as well and keeps "
            f"the old data within {options.forgotten:g} points: nothing is written"
        )
        return 1
    print(f"after, int8:  {after.words(mode)}")
    examples = mode.examples(task, exact(known), exact(IntegerNet(draft)))
    page = own_page.write(draft, options.name, mode, before, after, share, tried, examples)
    output = pathlib.Path(options.output or ROOT / "models" / options.name)
    if output.exists():
        shutil.rmtree(output)
    shutil.copytree(draft, output)
    print(
        f"{output}: {mode.use.format(name=options.name)}\n{output / page.name} shows what it reads"
    )
    return 0


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/training/own",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("photos", type=pathlib.Path, help="folder of labelled photographs")
    add("--name", required=True, help="name of the model that is made")
    add("--characters", action="store_true", help="the reader of characters, not that of lines")
    default = os.environ.get("SCRIBE", str(ROOT / ".build" / "release" / "scribe"))
    add("--cutter", default=default, help="the program (default: $SCRIBE or the one built here)")
    add("--output", help="model folder (default: models/NAME)")
    add("--replay", type=pathlib.Path, help="data of what is known, in place of drawn ones")
    add("--replayed", type=int, default=REPLAYED, help=f"pictures to draw (default: {REPLAYED})")
    add(
        "--work",
        type=pathlib.Path,
        default=ROOT / ".data" / "own",
        help="for what is made on the way",
    )
    lost = f"points of the old data that may be lost (default: {FORGOTTEN})"
    add("--forgotten", type=float, default=FORGOTTEN, metavar="POINTS", help=lost)
    add("--steps", type=int, help="steps instead of the recipe's")
    add("--recipe", help="recipe instead of the usual one")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--threads", type=int, default=os.cpu_count(), help="CPU threads (default: all cores)")
    add("--jobs", type=int, default=os.cpu_count(), help="processes that draw (default: all cores)")
    add("--fresh", action="store_true", help="ignore a checkpoint")
    add("--no-oracle", dest="oracle", action="store_false", help="no TensorFlow Lite Micro")
    options = parser.parse_args(given)
    if "/" in options.name or options.name in (".", ".."):
        parser.error("--name is a name, not a path; --output takes one")
    if options.output is None and (ROOT / "models" / options.name / "model.json").exists():
        made: Any = (options.work / options.name).exists()
        if not made:
            parser.error(f"there is a model {options.name} already")
    return options


def main(given: list[str] | None = None) -> int:
    options = arguments(given)
    return learn(options, MODES["characters" if options.characters else "lines"])


if __name__ == "__main__":
    sys.exit(main())
