"""Sizes of one QVGA page of text in our codecs and in those of others.

Needs jbigkit-bin and libtiff-tools; JPEG-LS too if Python has pillow_jpls or imagecodecs (CharLS).
"""

import argparse
import io
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from dataset import coders
from measure.codecs import pages
from measure.programs import output


def binarize(gray: np.ndarray, share: float = 1) -> np.ndarray:
    """Black and white by a share of the middle of paper and ink, as the board's threshold does."""
    smooth = cv2.GaussianBlur(gray, (3, 3), 0.6)
    level = (np.percentile(smooth, 1) + np.percentile(smooth, 90)) / 2
    return (smooth < level * share).astype(np.uint8)


def pbm(bits: np.ndarray) -> bytes:
    height, width = bits.shape
    return b"P4\n%d %d\n" % (width, height) + np.packbits(bits, axis=1).tobytes()


def jbig(bits: np.ndarray) -> int:
    run = subprocess.run(["pbmtojbg", "-q"], input=pbm(bits), capture_output=True, check=True)
    return len(run.stdout)


def g4(bits: np.ndarray) -> int:
    """The strip alone, without the TIFF's header and tags."""
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder, "a.tif"), Path(folder, "b.tif")
        cv2.imwrite(str(plain), (1 - bits) * 255)
        source = Path(folder, "a.pbm")
        source.write_bytes(pbm(bits))
        output(["ppm2tiff", source, plain])
        output(["tiffcp", "-c", "g4", "-r", "0", plain, packed])
        info = output(["tiffinfo", "-s", packed])
        # "    0: [       8,     4160]": offset and length of the strip.
        strips = [line for line in info.splitlines() if ": [" in line]
        return sum(int(line.split(",")[1].strip(" ]")) for line in strips)


def jpeg_ls(gray: np.ndarray) -> int | None:
    try:
        import imagecodecs

        return len(imagecodecs.jpegls_encode(np.ascontiguousarray(gray)))
    except ImportError:
        pass
    try:
        import pillow_jpls  # noqa: F401
        from PIL import Image
    except ImportError:
        return None
    out = io.BytesIO()
    Image.fromarray(gray).save(out, "JPEG-LS")
    return len(out.getvalue())


def good_ends(bits: np.ndarray, rows: int) -> Iterator[tuple[int, int]]:
    """Slices as the encoder cuts them: below paper if five eighths full, else when full."""
    start = 0
    for y in range(len(bits)):
        count = y + 1 - start
        if count == rows or y + 1 == len(bits) or (count >= rows * 5 // 8 and not bits[y].any()):
            yield start, y + 1
            start = y + 1


def bilevel(bits: np.ndarray, rows: int = 32) -> list[int]:
    packed = np.packbits(bits, axis=1)
    return [
        sum(map(len, coders.encode(coders.BILEVEL, packed[a:b], bits.shape[1], 255)))
        for a, b in good_ends(bits, rows)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python measure.codecs.compare", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--size", type=float, nargs="*", default=[10.5, 12], help="of the print, in pixels an em"
    )
    parser.add_argument(
        "--gray", nargs="*", default=[], metavar="PNG", help="also compare lossless coding of these"
    )
    options = parser.parse_args()
    for size in options.size:
        gray = pages.test_page(size=size)
        bits = binarize(gray)
        slices = bilevel(bits)
        whole = sum(map(len, coders.encode(coders.BILEVEL, np.packbits(bits, axis=1), 320, 240)))
        wire = [sum(slices) + 12 * sum(-(-n // (mtu - 12)) for n in slices) for mtu in (252, 512)]
        print(
            f"page of {size} px: raw {gray.size}, 1 bit {gray.size // 8}, G4 {g4(bits)}, "
            f"JBIG1 {jbig(bits)}, ours {sum(slices)} in {len(slices)} slices "
            f"({wire[0]} in packets of 252, {wire[1]} in packets of 512), in one slice {whole}"
        )
        lossless(f"page of {size} px", gray)
    pairs = []
    for path in options.gray:
        gray = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        pair = lossless(Path(path).name, gray)
        if pair is not None:
            pairs.append(pair)
    if len(pairs) > 1:
        ours, theirs = np.transpose(pairs)
        print(
            f"all {len(pairs)}: ours / JPEG-LS {ours.sum() / theirs.sum():.4f}, "
            f"mean of the ratios {np.mean(ours / theirs):.4f}"
        )


def lossless(name: str, gray: np.ndarray) -> np.ndarray | None:
    ours = sum(map(len, coders.encode(coders.LOSSLESS, gray, gray.shape[1])))
    theirs = jpeg_ls(gray)
    ratio = f", JPEG-LS {theirs}, ratio {ours / theirs:.4f}" if theirs else ""
    print(f"{name}: lossless {ours} of {gray.size}{ratio}")
    return np.array([ours, theirs]) if theirs else None


if __name__ == "__main__":
    main()
