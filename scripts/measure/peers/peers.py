"""The programs that are compared. Each reads images on one thread and tells its CPU time."""

import contextlib
import hashlib
import importlib
import importlib.metadata
import json
import logging
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from measure import labelled
from measure.peers import layout
from measure.programs import ROOT, output, records

if TYPE_CHECKING:  # Peers that don't take pictures apart do without.
    import numpy as np


class Missing(Exception):
    """Why a peer can't take part."""


def cpu_seconds() -> float:
    """User and system time of this process and its finished children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


@contextlib.contextmanager
def timed() -> Iterator[list[float]]:
    """Gives a list that holds the CPU seconds of the block once it is left."""
    result: list[float] = []
    start = cpu_seconds()
    yield result
    result.append(cpu_seconds() - start)


def module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"no Python package {name.split('.')[0]}: {error}") from error


def program(name: str) -> str:
    if shutil.which(name) is None:
        raise Missing(
            f"no program {name}; Debian has it as "
            f"{'tesseract-ocr' if name == 'tesseract' else name}"
        )
    return name


def gray(path: Path) -> "np.ndarray":
    return _picture(path, "IMREAD_GRAYSCALE")


def color(path: Path) -> "np.ndarray":
    """In OpenCV's order of blue, green, red."""
    return _picture(path, "IMREAD_COLOR")


def _picture(path: Path, form: str) -> "np.ndarray":
    cv2 = module("cv2")
    image = cv2.imread(str(path), getattr(cv2, form))
    if image is None:
        raise RuntimeError(f"can't decode {path}")
    return image


def pages_of(text: str, count: int) -> list[str] | None:
    """The `count` pages of Tesseract's output, or None where it holds another number of them.

    Form feeds stand between pages in some versions, and after each page in others.
    """
    if count == 1:
        return [text.replace("\f", "")]
    pages = text.split("\f")
    if len(pages) == count + 1 and not pages[-1].strip():
        pages.pop()
    return pages if len(pages) == count else None


class Peer:
    """`read` takes at most `batch` images and gives their texts; it may be asked repeatedly."""

    key = name = ""
    batch = 1
    # Told below the tables.
    note = ""

    def start(self) -> str:
        """Loads what reading needs and returns the version. Raises Missing."""
        raise NotImplementedError

    def read(self, paths: Sequence[Path]) -> list[str]:
        raise NotImplementedError


class Scribe(Peer):
    key, name, batch = "scribe", "SerialScribe", 50

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def start(self) -> str:
        found = shutil.which(self.path)
        if found is None:
            raise Missing(f"no program {self.path}; `make build` builds it")
        self.path = Path(found).resolve()
        return self.digest()[:12]

    def digest(self) -> str:
        state = hashlib.sha256(self.path.read_bytes())
        for file in sorted((ROOT / "models").glob("*/*")):
            state.update(file.read_bytes())
        return state.hexdigest()

    def read(self, paths: Sequence[Path]) -> list[str]:
        read = records([self.path, "recognize", "--json", "--jobs", "1", *paths])
        return [record["text"] for record in read]


class Tesseract(Peer):
    key, batch = "tesseract", 50

    def __init__(self, psm: int = 6) -> None:
        self.psm = str(psm)
        self.name = f"Tesseract, psm {psm}"

    def start(self) -> str:
        return output([program("tesseract"), "--version"]).split()[1]

    def read(self, paths: Sequence[Path]) -> list[str]:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
            names.write("".join(f"{path}\n" for path in paths))
            names.flush()
            text = output(["tesseract", names.name, "stdout", "--psm", self.psm])
        pages = pages_of(text, len(paths))
        if pages is None:
            return [self.read([path])[0] for path in paths]
        return pages


class Prepared(Peer):
    """A peer behind the simple front end, whose time counts."""

    suffix = ".png"

    def prepare(self) -> None:
        module("cv2")
        self.front = module("measure.peers.front")

    def read_prepared(self, files: Sequence[Path]) -> list[str]:
        raise NotImplementedError

    def read(self, paths: Sequence[Path]) -> list[str]:
        import cv2

        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{i:03}{self.suffix}" for i in range(len(paths))]
            for path, file in zip(paths, files):
                cv2.imwrite(str(file), self.front.prepared(gray(path)))
            return self.read_prepared(files)


class TesseractPrepared(Prepared):
    key, name, batch = "tesseract-front", "Tesseract, psm 6, x2 and front end", 50

    def start(self) -> str:
        self.prepare()
        self.inner = Tesseract()
        return self.inner.start()

    def read_prepared(self, files: Sequence[Path]) -> list[str]:
        return self.inner.read(files)


class Gocr(Prepared):
    key, name, suffix = "gocr", "gocr, x2 and front end", ".pgm"

    def start(self) -> str:
        self.prepare()
        # It tells its version and ends as if that were a mistake.
        shown = subprocess.run([program("gocr"), "-V"], capture_output=True, text=True, check=False)
        words = (shown.stdout + shown.stderr).split()
        return next((word for word in words if word[0].isdigit()), "unknown")

    def read_prepared(self, files: Sequence[Path]) -> list[str]:
        return [output(["gocr", str(file)]) for file in files]


class Ocrad(Prepared):
    key, name, suffix = "ocrad", "GNU Ocrad, x2 and front end", ".pgm"

    def start(self) -> str:
        self.prepare()
        return output([program("ocrad"), "--version"]).splitlines()[0].split()[-1]

    def read_prepared(self, files: Sequence[Path]) -> list[str]:
        return [output(["ocrad", "--format=utf8", str(file)]) for file in files]


class Rapid(Peer):
    def __init__(self, scale: int, color: bool = False) -> None:
        self.scale, self.color = scale, color
        self.key = f"rapidocr-x{scale}"
        self.name = "RapidOCR" if scale == 1 else f"RapidOCR, x{scale}"

    def start(self) -> str:
        module("cv2").setNumThreads(1)
        engine = "EngineConfig.onnxruntime"
        try:
            self.engine = module("rapidocr").RapidOCR(
                params={
                    f"{engine}.intra_op_num_threads": 1,
                    f"{engine}.inter_op_num_threads": 1,
                    "Global.log_level": "critical",
                }
            )
        except Missing:
            raise
        except Exception as error:  # Its models may have to be fetched, which may be refused.
            raise Missing(f"RapidOCR does not start: {error}") from error
        return importlib.metadata.version("rapidocr")

    def read(self, paths: Sequence[Path]) -> list[str]:
        import cv2

        texts = []
        for path in paths:
            image = color(path) if self.color else gray(path)
            if self.scale != 1:
                image = cv2.resize(
                    image, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_CUBIC
                )
            result = self.engine(image if self.color else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))
            pieces = (
                []
                if result.txts is None or result.boxes is None
                else [
                    (text, *box.min(axis=0).tolist(), *box.max(axis=0).tolist())
                    for text, box in zip(result.txts, result.boxes)
                ]
            )
            texts.append(layout.in_reading_order(pieces))
        return texts


class Recognizer(Rapid):
    """RapidOCR's recognizer alone, PP-OCRv6: the whole picture is taken for one line."""

    def __init__(self) -> None:
        super().__init__(1, color=True)
        self.key, self.name = "ppocr-v6", "PP-OCRv6's recognizer alone"

    def read(self, paths: Sequence[Path]) -> list[str]:
        return [self._line(color(path)) for path in paths]

    def _line(self, image: "np.ndarray") -> str:
        try:
            return self.recognized(image)
        except Exception as error:  # Of OpenCV and of ONNX Runtime, which have no common class.
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    def recognized(self, image: "np.ndarray") -> str:
        result = self.engine(image, use_det=False, use_cls=False, use_rec=True)
        return "\n".join(result.txts or ())


class RecognizerV4(Recognizer):
    """The same with the models of the package before, PP-OCRv4."""

    def __init__(self) -> None:
        super().__init__()
        self.key, self.name = "ppocr-v4", "PP-OCRv4's recognizer alone"

    def start(self) -> str:
        module("cv2").setNumThreads(1)
        try:
            self.engine = module("rapidocr_onnxruntime").RapidOCR(
                intra_op_num_threads=1, inter_op_num_threads=1
            )
            # Both packages log by this name, and this one has just turned it up for both.
            logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        except Missing:
            raise
        except Exception as error:
            raise Missing(f"RapidOCR with PP-OCRv4 does not start: {error}") from error
        return importlib.metadata.version("rapidocr-onnxruntime")

    def recognized(self, image: "np.ndarray") -> str:
        result, _ = self.engine(image, use_det=False, use_cls=False, use_rec=True)
        return "\n".join(line[0] for line in result or ())


class Ddddocr(Peer):
    key, name = "ddddocr", "ddddocr, told the true lines"
    note = "ddddocr finds no lines: it is given the true ones."

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> str:
        names = labelled.load(self.folder)
        if not all((self.folder / name).with_suffix(".json").exists() for name in names):
            raise Missing("ddddocr needs the boxes of lines, a JSON beside each image")
        runtime: Any = module("onnxruntime")
        whole = runtime.InferenceSession

        def on_one_thread(*arguments: Any, **options: Any) -> Any:
            settings = options.get("sess_options") or runtime.SessionOptions()
            settings.intra_op_num_threads = settings.inter_op_num_threads = 1
            return whole(*arguments, **{**options, "sess_options": settings})

        # It has no option for that.
        runtime.InferenceSession = on_one_thread
        try:
            self.engine = module("ddddocr").DdddOcr(show_ad=False)
        finally:
            runtime.InferenceSession = whole
        return importlib.metadata.version("ddddocr")

    def read(self, paths: Sequence[Path]) -> list[str]:
        import cv2

        texts = []
        for path in paths:
            image = gray(path)
            details = json.loads(path.with_suffix(".json").read_text())
            height, width = image.shape
            lines = []
            for x0, y0, x1, y1 in layout.true_lines(details, width, height):
                png = cv2.imencode(".png", image[y0:y1, x0:x1])[1].tobytes()
                lines.append(self.engine.classification(png))
            texts.append("\n".join(lines))
        return texts


def everyone(folder: Path, scribe: str | Path) -> list[Peer]:
    return [
        Scribe(scribe),
        Rapid(1),
        Rapid(2),
        Tesseract(),
        TesseractPrepared(),
        Ddddocr(folder),
        Gocr(),
        Ocrad(),
    ]
