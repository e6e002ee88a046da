"""Takes over a digit net that others trained, as a model folder.

    scripts/training/import FILE.tflite --labels 0123456789 --name mine
    scripts/training/import FILE.onnx --labels 0123456789 --name mine --pictures FOLDER

An int8 TensorFlow Lite file is taken as it is, and every layer compared with TensorFlow Lite Micro,
which runs the file itself. A float ONNX file is quantized, with pictures to calibrate it, and
compared with ONNX Runtime: what is lost is told.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

import torch

from training.importing.original import Original
from training.importing.pictures import Pictures
from training.importing.pixels import RANGES, Pixels, Unsupported
from training.importing.tflite import TFLite
from training.importing.verify import compare
from training.oracle import noise
from training.recipe import ROOT

DATA_ERROR = 65  # EX_DATAERR, as the program has it
LARGEST = 64 << 20


def labels(text: str) -> list[str]:
    """Characters, or texts between commas, of which one may be empty: no character."""
    result = text.split(",") if "," in text else list(text)
    if len(set(result)) != len(result):
        raise argparse.ArgumentTypeError("a label occurs twice")
    return result


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/training/import", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("file", type=pathlib.Path, help="an int8 .tflite or a float .onnx file")
    parser.add_argument("--name", required=True, help="of the model and its folder")
    parser.add_argument(
        "--labels",
        type=labels,
        required=True,
        help="what each output stands for: 0123456789, or with commas; nothing is no character",
    )
    parser.add_argument(
        "--out", type=pathlib.Path, default=ROOT / "models", help="folder of models"
    )
    parser.add_argument(
        "--range",
        choices=RANGES,
        default="0..1",
        help="what black and white were in training; signed is -1..1",
    )
    parser.add_argument(
        "--negative", action="store_true", help="the network was trained on negatives of pictures"
    )
    parser.add_argument("--mean", type=float, default=0.0, help="subtracted after the range")
    parser.add_argument("--deviation", type=float, default=1.0, help="what that is divided by")
    parser.add_argument(
        "--pictures",
        type=pathlib.Path,
        help="pictures to compare and measure with, labelled by name",
    )
    return parser.parse_args()


def imported(given: argparse.Namespace, folder: pathlib.Path) -> None:
    if given.file.stat().st_size > LARGEST:
        raise Unsupported("the file has more than 64 MB")
    data = given.file.read_bytes()
    pixels = Pixels.named(given.range, given.negative, given.mean, given.deviation)
    if given.file.suffix == ".onnx":
        # Only these files need ONNX and its runtime.
        try:
            from training.importing.onnx_file import imported as from_onnx
        except ImportError as error:
            raise Unsupported(
                f"ONNX files need {error.name}: scripts/training/importing/setup"
            ) from None

        if not given.pictures:
            raise Unsupported("a float network is quantized with pictures: --pictures FOLDER")
        from_onnx(data, pixels, given.pictures, given.labels, folder, given.name)
        return
    source = TFLite(data, pixels)
    chain = source.chain
    chain.end(given.labels)
    shape = chain.writer.input_shape
    pictures = Pictures(given.pictures, shape, given.labels) if given.pictures else None
    patches = list(noise(shape, 100, 1))
    if pictures:
        patches += pictures.patches
    chain.write(folder, given.name, given.labels, data)
    original = Original(data, source, pixels)
    compare(folder, original, patches)
    if pictures:
        print(pictures.measured(folder), file=sys.stderr)


def main() -> int:
    given = options()
    torch.set_num_threads(1)
    target = given.out / given.name
    try:
        if target.exists():
            raise Unsupported(f"{target} is there already")
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place) / given.name
            imported(given, folder)
            shutil.copytree(folder, target)
    except (Unsupported, OSError, MemoryError) as error:
        print(f"import: {given.file}: {error}", file=sys.stderr)
        return DATA_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
