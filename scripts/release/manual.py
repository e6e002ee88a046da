"""Writes the manual pages of the program, from what the program says of itself.

    scripts/python release.manual PROGRAM FOLDER

One page a command, scribe.1 and scribe-COMMAND.1.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HEADINGS = ("Examples:", "Exit codes:", "USAGE:")


def escaped(text: str) -> str:
    """Text that troff takes for what it is."""
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")


def lines(text: str) -> list[str]:
    """Paragraphs of a help text; what is indented stays as it is."""
    result: list[str] = []
    verbatim = False
    for line in text.splitlines():
        is_verbatim = line.startswith("  ")
        if is_verbatim != verbatim:
            result.append(".EX" if is_verbatim else ".EE")
            verbatim = is_verbatim
        if not line.strip():
            result.append(".PP" if not verbatim else "")
            continue
        # A point or an apostrophe at a line's start would be a request.
        result.append("\\&" + escaped(line) if line[0] in ".'" else escaped(line))
    if verbatim:
        result.append(".EE")
    return result


def spelled(argument: dict[str, Any]) -> str:
    """An option as it is typed."""
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        return f"<{value}>" + ("..." if argument["isRepeating"] else "")
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"]]
    # Short names come first.
    text = ", ".join(sorted(names, key=len))
    return text if argument["kind"] == "flag" else f"{text} <{value}>"


def options(arguments: list[dict[str, Any]]) -> list[str]:
    """The sections of options and arguments."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for argument in arguments:
        if argument.get("shouldDisplay", True):
            title = "ARGUMENTS" if argument["kind"] == "positional" else "OPTIONS"
            sections.setdefault(argument.get("sectionTitle", title).upper(), []).append(argument)
    result = []
    for title, members in sections.items():
        result.append(f'.SH "{escaped(title)}"')
        for member in members:
            result += [".TP", f"\\fB{escaped(spelled(member))}\\fR"]
            words = member.get("abstract", "")
            if "defaultValue" in member:
                words += f" (default: {member['defaultValue']})"
            result += lines(words) or [""]
    return result


def page(command: dict[str, Any], parents: list[str], version: str) -> str:
    """A command's manual page."""
    names = [*parents, command["commandName"]]
    children = [c for c in command.get("subcommands", []) if c.get("shouldDisplay", True)]
    result = [f'.TH "{"-".join(names).upper()}" "1" "" "SerialScribe {version}"', ".SH NAME"]
    result.append(f"{escaped('-'.join(names))} \\- {escaped(command.get('abstract', ''))}")
    typed = [
        spelled(a) if not a.get("isOptional") else f"[{spelled(a)}]"
        for a in command.get("arguments", [])
        if a["kind"] == "positional"
    ]
    way = "<command>" if children else " ".join(["[options]", *typed])
    result += [".SH SYNOPSIS", f"\\fB{escaped(' '.join(names))}\\fR {escaped(way)}"]
    if command.get("discussion"):
        result += [".SH DESCRIPTION", *lines(command["discussion"])]
    if children:
        result.append(".SH COMMANDS")
        for child in children:
            name = "-".join([*names, child["commandName"]])
            result += [".TP", f"\\fB{escaped(name)}\\fR(1)", escaped(child.get("abstract", ""))]
    result += options(command.get("arguments", []))
    if parents:
        result += [".SH SEE ALSO", f"\\fB{parents[0]}\\fR(1)"]
    return "\n".join(result) + "\n"


def pages(command: dict[str, Any], parents: list[str], version: str) -> dict[str, str]:
    """The pages of a command and of all below it, by file name."""
    names = [*parents, command["commandName"]]
    result = {f"{'-'.join(names)}.1": page(command, parents, version)}
    for child in command.get("subcommands", []):
        if child["commandName"] != "help" and child.get("shouldDisplay", True):
            result |= pages(child, names, version)
    return result


def main(words: list[str]) -> int:
    """Asks the program and writes the pages."""
    if len(words) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    program, folder = words[0], Path(words[1])

    def told(option: str) -> str:
        return subprocess.run([program, option], capture_output=True, text=True, check=True).stdout

    version = told("--version").split()[-1]
    folder.mkdir(parents=True, exist_ok=True)
    command = json.loads(told("--experimental-dump-help"))["command"]
    for name, text in pages(command, [], version).items():
        (folder / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
