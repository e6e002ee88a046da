"""Writes the tables of docs/json.md, from what docs/json.schema.json says of each field.

scripts/python formats.fields [--check]     --check tells whether they stand there, with 1 if not
"""

import sys
from typing import Any

from formats.schema import LINES, load, named
from measure.programs import ROOT

DOCUMENT = ROOT / "docs/json.md"
START = "<!-- Written by scripts/python formats.fields. -->\n"


def kind(part: dict[str, Any]) -> str:
    """The type of a field, in words."""
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name})"
    if "anyOf" in part:
        return " or ".join(kind(choice) for choice in part["anyOf"])
    types = part["type"] if isinstance(part["type"], list) else [part["type"]]
    words = " or ".join(types)
    if "items" in part:
        return f"{words} of {kind(part['items'])}"
    if isinstance(part.get("additionalProperties"), dict):
        return f"{words} of {kind(part['additionalProperties'])} by name"
    if "enum" in part:
        return f"{words}: " + ", ".join(f"`{value}`" for value in part["enum"])
    return words


def table(schema: dict[str, Any], name: str) -> str:
    part = schema["$defs"][name]
    rows = ["| Field | Type | Always | |", "|---|---|---|---|"]
    for place, key, inner, is_always in named(schema, part, name):
        path = ".".join([*place.split(".")[1:], key])
        always = "yes" if is_always else "no"
        rows.append(f"| `{path}` | {kind(inner)} | {always} | {inner['description']} |")
    return f"### {name}\n\n{part['description']}.\n\n" + "\n".join(rows) + "\n"


def text() -> str:
    """All tables, and before them what each command prints."""
    schema = load()
    commands = [
        f"| `{command}` | " + ", ".join(f"[{name}](#{name})" for name in names) + " |"
        for command, names in LINES.items()
    ]
    head = "\n".join(["| Command | Lines |", "|---|---|", *commands]) + "\n"
    # What a command prints first, then what these lines consist of.
    lines = [name for names in dict.fromkeys(map(tuple, LINES.values())) for name in names]
    names = lines + [name for name in schema["$defs"] if name not in lines]
    return "\n".join([head, *(table(schema, name) for name in names)])


def main(words: list[str]) -> int:
    before = DOCUMENT.read_text()
    wanted = before[: before.index(START) + len(START)] + "\n" + text()
    if words == ["--check"]:
        if before != wanted:
            print(f"{DOCUMENT.name}: scripts/python formats.fields writes its tables anew")
            return 1
        return 0
    DOCUMENT.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
