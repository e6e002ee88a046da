"""Makes training data: labelled patches or lines as a cutter cuts them, or folders of labelled
pictures.

  scripts/python dataset.make --seed 1 --images 40000 --cutter .build/release/scribe \\
    --out .data/glyphs --jobs 2
  scripts/python dataset.make --seed 1 --images 80000 --cutter .build/release/scribe --lines \\
    --out .data/lines
  scripts/python dataset.make --seed 2 --images 300 --folder --mix natural --cycle-tiers \\
    --empty 0 --out .data/val

With --cutter, `CUTTER cut` is run and given the pictures; see cutter.py for what it answers.
Running it again goes on where it was stopped. Every picture follows from seed, index and recipe.
"""

import argparse
import hashlib
import json
import multiprocessing
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from dataset import cutter, finish, folder, lines, own, shards, texts
from dataset.characters import SIGNS
from dataset.sample import TIERS, Generator, Pictures, Recipe

_state: dict[str, Any] = {}
_CODES = 1 << 14  # of characters: more than any has


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.make",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--seed", type=int, help="any number; needed but with --own")
    add("--images", type=int, help="number of pictures; needed but with --own")
    labelled = "labelled images instead of synthetic ones, see own.py"
    add("--own", type=Path, metavar="DIR", help=labelled)
    add("--out", type=Path, required=True, help="folder to write")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--cutter", help="program that cuts pictures when run as `CUTTER cut`")
    mode.add_argument("--folder", action="store_true", help="write PNG, JSON and truth.json")
    add("--lines", action="store_true", help="whole lines, with --cutter")
    add("--jobs", type=int, default=1, help="processes, with --cutter")
    add("--shard", type=int, default=500, metavar="N", help="pictures a shard")
    mixes = ("balanced", "even", "lines", "natural")
    add("--mix", choices=mixes, default=Recipe.mix, help="kinds of text (default: balanced)")
    for name, kind, shape, told in (
        ("tiers", _shares, "C,T,H", "shares of clean, typical, hard (default: 30,40,30)"),
        ("sizes", _shares, "S,M,L", "shares of 160x120, 320x240, 640x480 (default: 24,64,12)"),
        ("empty", float, None, "share of pictures without text (default: 0.06)"),
        ("ink", float, None, "share of pictures that come as a board's bitmaps (default: 0)"),
        ("scenes", float, None, "share of pictures of the field, see scenes/ (default: 0)"),
        ("families", _names, "A,B", "only these lineages or families"),
        ("exclude", _names, "A,B", "not these lineages or families"),
        (
            "styles",
            _styles,
            "S,D,E",
            "percent of segment displays, dots and relief; the rest is plain "
            "print (default: 5,4,2.5; 0 for plain print alone)",
        ),
        (
            "alphabet",
            _alphabet,
            "A",
            f"{', '.join(texts.ALPHABETS)} or the characters themselves (default: printable)",
        ),
    ):
        add(f"--{name}", type=kind, default=getattr(Recipe, name), metavar=shape, help=told)
    add("--cycle-tiers", action="store_true", help="equal tiers, by index")
    surroundings = "photographs without text for the backgrounds of scenes"
    add("--clutter", type=Path, metavar="DIR", help=surroundings)
    signs = "signs of units beyond ASCII in scenes, with --folder or --lines"
    add("--signs", action="store_true", help=signs)
    faults = "no wrong exposure, barrel distortion or frames close to the text"
    add("--no-faults", action="store_true", help=faults)
    return parser


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in ("seed", "images"):
        if options.own is None and getattr(options, name) is None:
            parser.error(f"--{name} is needed")
    if options.own is not None and options.images is not None:
        parser.error("--own takes all images of its folder; leave --images out")
    options.seed = 1 if options.seed is None else options.seed
    for name in ("images", "jobs", "shard"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if options.seed < 0:
        parser.error("--seed must not be negative")
    if options.lines and not options.cutter:
        parser.error("--lines needs --cutter")
    if options.signs and not (options.folder or options.lines):
        parser.error("--signs needs --folder or --lines: patches are of printable ASCII")
    for name in ("empty", "ink", "scenes"):
        if not 0 <= getattr(options, name) <= 1:
            parser.error(f"--{name} must be between 0 and 1")
    return options


def _shares(text: str) -> tuple[float, ...]:
    values = tuple(float(part) for part in text.split(","))
    if len(values) != 3 or min(values) < 0 or sum(values) <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not three shares such as 30,40,30")
    return tuple(round(value / sum(values), 6) for value in values)


def _styles(text: str) -> tuple[float, ...]:
    values = [float(part) / 100 for part in text.split(",")]
    if len(values) == 1:
        values *= len(finish.KINDS) if values[0] == 0 else 1
    if len(values) != len(finish.KINDS) or min(values) < 0 or not sum(values) <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not 0 or three percentages such as 5,4,2.5")
    return tuple(round(value, 6) for value in values)


def _alphabet(text: str) -> str:
    try:
        return texts.alphabet(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _start(generator: Pictures, command: list[str], whole_lines: bool) -> None:
    # The parent ends its processes: by SIGTERM, which then must not mean what it means there.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _state["generator"] = generator
    _state["command"] = command
    _state["kind"] = (lines.Cutters, lines) if whole_lines else (cutter.Cutter, shards)


def _shard(task: tuple[Path, int, int]) -> tuple[int, int]:
    path, first, count = task
    # A cutter for each shard: what it sends then depends on nothing that other shards held.
    kind, labelling = _state["kind"]
    with kind(_state["command"]) as cutting:
        arrays = labelling.build(_state["generator"], first, count, cutting)
    shards.save(path, arrays)
    return count, len(arrays["family"])


def sources() -> str:
    """SHA-256 of this program and its lists: other code makes other pictures."""
    state = hashlib.sha256()
    here = Path(__file__).resolve().parent
    for path in sorted([*here.glob("*.py"), *here.glob("scenes/*.py"), *here.glob("*.txt")]):
        state.update(path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def _program(options: argparse.Namespace) -> str:
    program = shutil.which(options.cutter)
    if program is None:
        raise ValueError(f"no program '{options.cutter}'; build it first (swift build -c release)")
    return program


def make_shards(options: argparse.Namespace, generator: Pictures) -> None:
    program = _program(options)
    about = {
        "format": 1,
        "seed": options.seed,
        "images": options.images,
        "shard_images": options.shard,
        "whole_lines": options.lines,
        "recipe": generator.describe(),
        "families": generator.families,
        "cutter_sha256": hashlib.sha256(Path(program).read_bytes()).hexdigest(),
        "generator_sha256": sources(),
    }
    about = json.loads(json.dumps(about))
    options.out.mkdir(parents=True, exist_ok=True)
    plan = options.out / "plan.json"
    if plan.exists():
        before = json.loads(plan.read_text())
        changed = [name for name in about if before.get(name) != about[name]]
        if changed:
            raise ValueError(
                f"{options.out} was begun with another {', '.join(changed)}; "
                "choose another folder or remove it"
            )
    plan.write_text(json.dumps(about, indent=1) + "\n")

    tasks, paths, ready = [], [], 0
    for first in range(0, options.images, options.shard):
        path = options.out / f"shard-{first // options.shard:05d}.npz"
        count = min(options.shard, options.images - first)
        paths.append(path)
        if path.exists():
            ready += count
        else:
            tasks.append((path, first, count))
    for path in options.out.glob("*.part*"):
        path.unlink()
    if ready:
        print(f"{ready} pictures are there already", file=sys.stderr)
    started, done, patches = time.monotonic(), 0, 0
    command = [program, "cut"]
    what = "lines" if options.lines else "patches"
    with multiprocessing.Pool(options.jobs, _start, (generator, command, options.lines)) as pool:
        for count, made in pool.imap_unordered(_shard, tasks):
            done, patches = done + count, patches + made
            rate = done / (time.monotonic() - started)
            left = (options.images - ready - done) / rate
            print(
                f"\r{ready + done}/{options.images} pictures, {patches} {what}, "
                f"{rate:.0f} pictures/s, {left / 60:.1f} min left ",
                end="",
                file=sys.stderr,
                flush=True,
            )
    if tasks:
        print(file=sys.stderr)
    _finish(options, paths, about, generator)


def _finish(
    options: argparse.Namespace, paths: list[Path], about: dict[str, Any], generator: Pictures
) -> None:
    """Writes dataset.json over all shards."""
    state = hashlib.sha256()
    tallies: dict[str, Any] = {}
    total = 0
    for path in paths:
        arrays = shards.load(path)
        state.update(shards.digest(arrays).encode())
        total += len(arrays["family"])
        for name in ("truths", "hits"):
            tallies[name] = tallies.get(name, 0) + arrays[name]
        found = np.bincount(arrays["text"] if options.lines else arrays["labels"], minlength=_CODES)
        tallies["classes"] = tallies.get("classes", 0) + found
    if options.lines:
        classes = {
            chr(k): int(tallies["classes"][k])
            for k in (*range(0x20, 0x7F), *sorted(map(ord, SIGNS)))
        }
        share = {"all": _share(tallies["hits"], tallies["truths"])}
    else:
        names = [chr(0x21 + k) for k in range(94)] + ["reject"]
        classes = {name: int(tallies["classes"][k]) for k, name in enumerate(names)}
        share = {
            tier: _share(tallies["hits"][k].sum(), tallies["truths"][k].sum())
            for k, tier in enumerate(TIERS)
        }
    styles = sorted(f"{font.family} {font.style}" for font in generator.fonts)
    result = {
        **about,
        "lines" if options.lines else "patches": total,
        "classes": classes,
        "fonts": styles,
        "label_yield": share,
        "shards": [path.name for path in paths],
        "sha256": state.hexdigest(),
    }
    (options.out / "dataset.json").write_text(json.dumps(result, indent=1) + "\n")
    print(
        f"{total} {'lines' if options.lines else 'patches'} in {len(paths)} shards, yield "
        + ", ".join(f"{name} {value:.3f}" for name, value in share.items())
        + f", sha256 {result['sha256'][:16]}",
        file=sys.stderr,
    )


def _share(hits: float, truths: float) -> float:
    return round(float(hits / max(1, truths)), 4)


def _tell(images: own.Images) -> None:
    """What of a user's images is used, and what not."""
    count = sum(len(sample.characters) for sample in images.samples)
    print(
        f"{len(images.samples)} own images with {count} characters, {len(images.skipped)} "
        "skipped because their ink does not fall into as many pieces as their text",
        file=sys.stderr,
    )
    for line in images.skipped[:10]:
        print(f"  skipped {line}", file=sys.stderr)
    if len(images.skipped) > 10:
        print(f"  and {len(images.skipped) - 10} more", file=sys.stderr)


def make_own_lines(options: argparse.Namespace) -> None:
    """Lines of a user's images, which a reader has to find there: its text says which they are, not
    where."""
    try:
        from training import own_lines
    except ImportError as error:
        raise ValueError(
            f"lines of own images are found by a network; scripts/training/setup first ({error})"
        ) from error
    own_lines.make(options.own, _program(options), options.out, seed=options.seed)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    recipe = Recipe(
        mix=options.mix,
        tiers=options.tiers,
        cycle_tiers=options.cycle_tiers,
        sizes=options.sizes,
        empty=options.empty,
        families=options.families,
        exclude=options.exclude,
        styles=options.styles,
        alphabet=options.alphabet,
        faults=not options.no_faults,
        ink=options.ink,
        scenes=options.scenes,
        clutter=str(options.clutter or ""),
        signs=options.signs,
    )
    try:
        generator: Pictures
        if options.own is not None and options.lines:
            make_own_lines(options)
            return 0
        if options.own is None:
            generator = Generator(options.seed, recipe)
        else:
            generator = images = own.Images(options.own, options.seed, options.alphabet)
            options.images = len(images.samples)
            _tell(images)
        if options.folder:
            folder.write(
                generator,
                options.images,
                options.out,
                lambda done: print(
                    f"\r{done}/{options.images} pictures ", end="", file=sys.stderr, flush=True
                ),
            )
            print(file=sys.stderr)
        else:
            make_shards(options, generator)
    except (ValueError, OSError, cutter.CutterError) as error:
        print(f"dataset.make: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside: clean up, too
    sys.exit(main())
