"""The command run in the process of the test: a scene of many commands costs no interpreters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import Done

from handoff_md.cli.commands import run

Tell = Callable[..., Done]


def make_tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Give what runs ``handoff-md <args>`` in a folder, and says how it ended."""

    def tell(folder: Path, *args: str) -> Done:
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = run(args)
        printed = capsys.readouterr()
        assert "itself has failed" not in printed.err, printed.err
        return Done(code, printed.out, printed.err)

    return tell
