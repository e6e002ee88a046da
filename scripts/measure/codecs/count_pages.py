"""The pages that `count` codes, as raw bytes: scripts/python measure.codecs.count_pages FOLDER"""

import sys
from pathlib import Path

import numpy as np

from measure.codecs import compare, pages


def main(folder: Path) -> None:
    gray = pages.test_page(size=10.5)
    gray.tofile(folder / "page2")
    gray.tofile(folder / "page0")
    np.packbits(compare.binarize(gray), axis=1).tofile(folder / "page3")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
