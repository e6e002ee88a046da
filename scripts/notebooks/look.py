"""How the notebooks' pictures look, and the two kinds that come again and again."""

from collections.abc import Sequence

import numpy
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Told apart by whoever sees few colours, too (after Okabe and Ito).
BLUE, ORANGE, GREEN, RED, PURPLE, GRAY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#777777",
)
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, GRAY)


def use() -> None:
    """The same look for all pictures of a notebook."""
    pyplot.rcParams.update(
        {
            "figure.figsize": (9, 3.6),
            "figure.dpi": 100,
            "figure.autolayout": True,
            "axes.prop_cycle": pyplot.cycler(color=COLOURS),
            "axes.grid": True,
            "grid.alpha": 0.3,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 11,
            "image.cmap": "gray",
            "image.interpolation": "nearest",
        }
    )


def bare(axes: Axes) -> None:
    """No ticks: what is shown is a picture."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def sheet(
    rows: Sequence[Sequence[numpy.ndarray]] | Sequence[numpy.ndarray],
    names: Sequence[str],
    title: str,
    captions: Sequence[str] = (),
    cmap: str = "gray",
) -> Figure:
    """Rows of small pictures of one size, each row with its name, each picture by its own least and
    greatest value. `captions` stand over the pictures, row by row."""
    columns = max(len(row) for row in rows)
    height, width = numpy.shape(rows[0][0])
    margin = 0.12 * max(map(len, names)) + 0.1 if any(names) else 0.1
    side = min((8.9 - margin) / columns, 1.1)
    tall = side * height / width + (0.25 if captions else 0)
    size = (margin + columns * side + 0.1, tall * len(rows) + 0.5)
    figure, grid = pyplot.subplots(len(rows), columns, figsize=size, squeeze=False)
    figure.set_layout_engine("none")
    figure.subplots_adjust(
        left=margin / size[0],
        right=1 - 0.1 / size[0],
        bottom=0.05 / size[1],
        top=1 - (0.6 if captions else 0.4) / size[1],
        wspace=0.06,
        hspace=0.35 if captions else 0.06,
    )
    waiting = list(captions)
    for places, row, name in zip(grid, rows, names):
        for place in places:
            bare(place)
        for place, picture in zip(places, row):
            place.imshow(picture, cmap=cmap)
            if waiting:
                place.set_title(waiting.pop(0), fontsize=9, pad=2)
        places[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.suptitle(title, fontsize=11, y=1 - 0.08 / size[1], va="top")
    return figure
