"""The command run in the process of the test: a scene of many commands costs no interpreters."""

from __future__ import annotations

from collections.abc import Callable
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
