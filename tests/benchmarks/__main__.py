"""Prints the tables of docs/performance.md: ``python tests/benchmarks``, on an idle machine."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from measure import (
    is_installed,
    tell_driver,
    tell_growth,
    tell_merges,
    tell_sessions,
    tell_starts,
)
from measure_lint import tell_documents, tell_rest

_TABLES: dict[str, Callable[[Path], str]] = {
    "merge": tell_merges,
    "growth": tell_growth,
    "starts": tell_starts,
    "sessions": tell_sessions,
    "lint": tell_documents,
    "logs": tell_rest,
    "driver": tell_driver,
}


def main(names: list[str]) -> None:
    """Print the tables of these names, or all, each with the load of the machine before it."""
    unknown = [name for name in names if name not in _TABLES]
    if unknown:
        sys.exit(f"there is no table {', '.join(unknown)}: choose of {', '.join(_TABLES)}")
    sys.stdout.write(f"{tell_versions()}\n\n")
    for name in names or _TABLES:
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory() as room:
            table = _TABLES[name](Path(os.path.realpath(room)))
        sys.stdout.write(f"{name}, at a load of {load:.1f}:\n\n{table}\n")
        sys.stdout.flush()


def tell_versions() -> str:
    """Tell what was measured, and on what."""
    tools = ("handoff-md", "scriv", "towncrier", "rumdl")
    named = ", ".join(f"{tool} {version(tool)}" for tool in tools if is_installed(tool))
    system = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return f"{named}; {system}"


if __name__ == "__main__":
    main(sys.argv[1:])
