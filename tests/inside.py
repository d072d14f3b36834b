"""The command run in the process of the tests: as `checkouts.run`, without the start of one."""

from __future__ import annotations

import io
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from checkouts import Done

from handoff_md.cli.commands import run as run_command


def run_inside(folder: Path, *args: str, env: dict[str, str] | None = None) -> Done:
    """Run ``handoff-md <args>`` in a folder to its end; it knows the environment of the tests."""
    assert env is None, "another environment takes another process"
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with chdir(folder), redirect_stdout(stdout), redirect_stderr(stderr):
        code = run_command(list(args))
    told = []
    for stream in (stdout, stderr):
        stream.flush()
        told.append(stream.buffer.getvalue().decode("utf-8", "surrogateescape"))  # type: ignore[attr-defined] # a BytesIO
    assert "Traceback" not in told[1], told[1]
    return Done(code, *told)
