"""A file's row in the result, as Parquet has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow

BOX = pyarrow.struct([(name, pyarrow.int32()) for name in ("x", "y", "width", "height")])
CHARACTER = pyarrow.struct(
    [("text", pyarrow.string()), ("confidence", pyarrow.float32()), ("box", BOX)]
)
LINE = pyarrow.struct(
    [
        ("text", pyarrow.string()),
        ("confidence", pyarrow.float32()),
        ("box", BOX),
        ("matches_pattern", pyarrow.bool_()),  # null without a pattern
        ("characters", pyarrow.list_(CHARACTER)),
    ]
)
IMAGE = pyarrow.struct(
    [
        ("number", pyarrow.int32()),  # in its recording; 0 in an image file
        ("time", pyarrow.timestamp("us", "UTC")),  # when it was received; null in an image file
        ("width", pyarrow.int32()),
        ("height", pyarrow.int32()),
        ("missing_rows", pyarrow.int32()),  # that never came
        ("text", pyarrow.string()),
        ("lines", pyarrow.list_(LINE)),
    ]
)
FILE = pyarrow.schema(
    [
        ("file", pyarrow.string()),
        ("kind", pyarrow.string()),
        ("size", pyarrow.int64()),
        ("images", pyarrow.list_(IMAGE)),
        ("error_kind", pyarrow.string()),  # null, damaged, unavailable or lost
        ("error", pyarrow.string()),
        ("seconds", pyarrow.float32()),
        ("processor_seconds", pyarrow.float32()),  # less than those by the clock on a busy node
        ("node", pyarrow.string()),
    ]
)
PLAN = pyarrow.schema(
    [
        ("part", pyarrow.string()),
        ("file", pyarrow.string()),
        ("kind", pyarrow.string()),
        ("size", pyarrow.int64()),
    ]
)


def table(rows: Iterable[dict[str, Any]]) -> pyarrow.Table:
    return pyarrow.Table.from_pylist(list(rows), FILE)
