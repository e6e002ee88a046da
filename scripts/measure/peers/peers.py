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
from pathlib import Path

from measure.peers import layout


class Missing(Exception):
    """Why a peer can't take part."""


def cpu_seconds():
    """User and system time of this process and its finished children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


@contextlib.contextmanager
def timed():
    """Gives a list that holds the CPU seconds of the block once it is left."""
    result, start = [], cpu_seconds()
    yield result
    result.append(cpu_seconds() - start)


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"no Python package {name.split('.')[0]}: {error}") from error


def program(name):
    if shutil.which(name) is None:
        raise Missing(
            f"no program {name}; Debian has it as "
            f"{'tesseract-ocr' if name == 'tesseract' else name}"
        )
    return name


def output(command, **options):
    result = subprocess.run(command, capture_output=True, check=False, **options)
    if result.returncode != 0:
        reason = result.stderr.decode(errors="replace").strip().splitlines()
        raise RuntimeError(f"{command[0]} ended with {result.returncode}: {(reason or [''])[-1]}")
    return result.stdout.decode(errors="replace")


def gray(path):
    cv2 = module("cv2")
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise RuntimeError(f"can't decode {path}")
    return image


def color(path):
    """In OpenCV's order of blue, green, red."""
    cv2 = module("cv2")
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise RuntimeError(f"can't decode {path}")
    return image


def pages_of(text, count):
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

    def start(self):
        """Loads what reading needs and returns the version. Raises Missing."""
        raise NotImplementedError

    def read(self, paths):
        raise NotImplementedError


class Scribe(Peer):
    key, name, batch = "scribe", "SerialScribe", 50

    def __init__(self, path):
        self.path = Path(path)

    def start(self):
        if shutil.which(str(self.path)) is None:
            raise Missing(f"no program {self.path}; `make build` builds it")
        self.path = Path(shutil.which(str(self.path))).resolve()
        return self.digest()[:12]

    def digest(self):
        state = hashlib.sha256(self.path.read_bytes())
        for file in sorted((Path(__file__).resolve().parents[3] / "models").glob("*/*")):
            state.update(file.read_bytes())
        return state.hexdigest()

    def read(self, paths):
        lines = output(
            [str(self.path), "recognize", "--json", "--jobs", "1", *map(str, paths)]
        ).splitlines()
        return [json.loads(line)["text"] for line in lines]


class Tesseract(Peer):
    key, batch = "tesseract", 50

    def __init__(self, psm=6):
        self.psm = str(psm)
        self.name = f"Tesseract, psm {psm}"

    def start(self):
        return output([program("tesseract"), "--version"]).split()[1]

    def read(self, paths):
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

    def prepare(self):
        module("cv2")
        self.front = module("front")

    def read(self, paths):
        import cv2

        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{i:03}{self.suffix}" for i in range(len(paths))]
            for path, file in zip(paths, files):
                cv2.imwrite(str(file), self.front.prepared(gray(path)))
            return self.read_prepared(files)


class TesseractPrepared(Prepared):
    key, name, batch = "tesseract-front", "Tesseract, psm 6, x2 and front end", 50

    def start(self):
        self.prepare()
        self.inner = Tesseract()
        return self.inner.start()

    def read_prepared(self, files):
        return self.inner.read(files)


class Gocr(Prepared):
    key, name, suffix = "gocr", "gocr, x2 and front end", ".pgm"

    def start(self):
        self.prepare()
        # It tells its version and ends as if that were a mistake.
        shown = subprocess.run([program("gocr"), "-V"], capture_output=True, text=True, check=False)
        words = (shown.stdout + shown.stderr).split()
        return next((word for word in words if word[0].isdigit()), "unknown")

    def read_prepared(self, files):
        return [output(["gocr", str(file)]) for file in files]


class Ocrad(Prepared):
    key, name, suffix = "ocrad", "GNU Ocrad, x2 and front end", ".pgm"

    def start(self):
        self.prepare()
        return output([program("ocrad"), "--version"]).splitlines()[0].split()[-1]

    def read_prepared(self, files):
        return [output(["ocrad", "--format=utf8", str(file)]) for file in files]


class Rapid(Peer):
    def __init__(self, scale, color=False):
        self.scale, self.color = scale, color
        self.key = f"rapidocr-x{scale}"
        self.name = "RapidOCR" if scale == 1 else f"RapidOCR, x{scale}"

    def start(self):
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

    def read(self, paths):
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

    def __init__(self):
        super().__init__(1, color=True)
        self.key, self.name = "ppocr-v6", "PP-OCRv6's recognizer alone"

    def read(self, paths):
        return [self._line(color(path)) for path in paths]

    def _line(self, image):
        try:
            return self.recognized(image)
        except Exception as error:  # Of OpenCV and of ONNX Runtime, which have no common class.
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    def recognized(self, image):
        result = self.engine(image, use_det=False, use_cls=False, use_rec=True)
        return "\n".join(result.txts or ())


class RecognizerV4(Recognizer):
    """The same with the models of the package before, PP-OCRv4."""

    def __init__(self):
        super().__init__()
        self.key, self.name = "ppocr-v4", "PP-OCRv4's recognizer alone"

    def start(self):
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

    def recognized(self, image):
        result, _ = self.engine(image, use_det=False, use_cls=False, use_rec=True)
        return "\n".join(line[0] for line in result or ())


class Ddddocr(Peer):
    key, name = "ddddocr", "ddddocr, told the true lines"
    note = "ddddocr finds no lines: it is given the true ones."

    def __init__(self, folder):
        self.folder = folder

    def start(self):
        truths = json.loads((self.folder / "truth.json").read_text())
        if not all((self.folder / name).with_suffix(".json").exists() for name in truths):
            raise Missing("ddddocr needs the boxes of lines, a JSON beside each image")
        runtime = module("onnxruntime")
        whole = runtime.InferenceSession

        def on_one_thread(*arguments, **options):
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

    def read(self, paths):
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


def everyone(folder, scribe):
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
