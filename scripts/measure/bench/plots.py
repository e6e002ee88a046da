"""Pictures of measurements, where matplotlib is there."""

import sys
from typing import Any


def pyplot() -> Any | None:
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        print(f"No plot: {error}", file=sys.stderr)
        return None
    return pyplot
