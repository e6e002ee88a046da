"""The schema of the lines of JSON that the program prints, docs/json.schema.json."""

import json
from collections.abc import Iterator
from typing import Any

from measure.programs import ROOT

PATH = ROOT / "docs/json.schema.json"

# What each command prints with --json or --as json: kinds of lines, by their names in the schema.
LINES = {
    "recognize": ["reading"],
    "live": ["reading"],
    "replay": ["reading"],
    "extract": ["picture"],
    "inspect": ["inspection"],
    "ports": ["port"],
    "models": ["model"],
    "teach": ["taught"],
    "evaluate": [
        "labelled",
        "tier",
        "size",
        "capitals",
        "reliability",
        "confusions",
        "thresholds",
        "unreadable",
    ],
}


def load() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(PATH.read_text())
    return schema


def closed(schema: Any) -> Any:
    """The schema without room for members that it doesn't name.

    Programs that read the lines skip what they don't know; here all is to be known.
    """
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        result["additionalProperties"] = False
    return result


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """The part itself or what it refers to, and the name of that."""
    if "$ref" not in part:
        return None, part
    name = part["$ref"].rsplit("/", 1)[1]
    return name, schema["$defs"][name]


def members(
    schema: dict[str, Any], part: dict[str, Any], value: Any, place: str
) -> Iterator[tuple[str, str]]:
    """The members that a value has, each as the place in the schema and its name."""
    name, part = resolved(schema, part)
    place = name or place
    if "anyOf" in part:
        # A kind of object, or null.
        if value is not None:
            yield from members(schema, part["anyOf"][0], value, place)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if "properties" in part:
                yield place, key
            inner_part = part.get("properties", {}).get(key) or part["additionalProperties"]
            yield from members(schema, inner_part, inner, f"{place}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from members(schema, part["items"], inner, place)


def named(
    schema: dict[str, Any], part: dict[str, Any], place: str
) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """All members that a kind of line names itself: place, name, schema, whether always there."""
    for key, inner in part.get("properties", {}).items():
        yield place, key, inner, key in part.get("required", ())
        while "items" in inner:
            inner = inner["items"]
        yield from named(schema, inner, f"{place}.{key}")
