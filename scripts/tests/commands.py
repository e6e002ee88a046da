"""Commands that tests load or stand in for."""

import os
import subprocess
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from textwrap import dedent
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[1]


def load(path: Path) -> Any:
    """A program whose name has no ending, as a module."""
    loader = SourceFileLoader(path.name, str(path))
    module = module_from_spec(ModuleSpec(path.name, loader))
    module.__file__ = str(path)
    loader.exec_module(module)
    return module


def stand_in(path: Path, source: str) -> Path:
    """A program with this source, its first line told by `#!`."""
    path.write_text(dedent(source))
    path.chmod(0o755)
    return path


def run(
    command: Sequence[str | Path],
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """How a program ends and what it tells, with this added to its environment."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
    )
