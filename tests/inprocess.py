"""The command run in the process of the test: a scene of many commands costs no interpreters."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from checkouts import Done
from schemas import hold_to_schema, schema_of

from handoff_md.cli.commands import run

Tell = Callable[..., Done]


def make_tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Give what runs ``handoff-md <args>`` in a folder, and says how it ended.

    What it prints for programs is held to its schema.
    """

    def tell(folder: Path, *args: str) -> Done:
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = run(args)
        printed = capsys.readouterr()
        assert "itself has failed" not in printed.err, printed.err
        name = schema_of(args)
        if name and printed.out:
            hold_to_schema(name, printed.out)
        return Done(code, printed.out, printed.err)

    return tell


def run_inside(folder: Path, *args: str, env: dict[str, str] | None = None) -> Done:
    """Do the same where no fixture is at hand, in the place of `checkouts.run`."""
    assert env is None, "another environment takes another process"
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with chdir(folder), redirect_stdout(stdout), redirect_stderr(stderr):
        code = run(args)
    printed, told = (_read(stream) for stream in (stdout, stderr))
    assert "itself has failed" not in told, told
    name = schema_of(args)
    if name and printed:
        hold_to_schema(name, printed)
    return Done(code, printed, told)


def _read(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
