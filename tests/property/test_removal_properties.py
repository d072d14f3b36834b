"""The law of a set-up that is undone: beside any files, the bytes are those of before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random

import pytest
from repositories import git

from handoff_md.app.setup.agents.hosts import AGENT_HOSTS
from handoff_md.app.setup.plan import SetupRequest, plan_setup
from handoff_md.app.setup.removal import plan_removal
from handoff_md.git.setup import is_registered

_REPOS = "repos:\n- repo: meta\n  hooks: []\n"
_NOTES = "# Notes\n\n- One.\n\n```\ncode\n```\n"
_HANDOFF = ".agents/HANDOFF.md"
_FILES: dict[str, tuple[str, ...]] = {
    _HANDOFF: (
        "# H\n\nWords.\n",
        "",
        "# H\n\n# Second\n\n<div>x</div>\n",
        "# H\n\n- x\n",
    ),
    "SESSION_LOG.md": ("# Log\n\n## 2025-01-01: One\n\n1\n",),
    ".agents/SESSION-PROTOCOL.md": (_NOTES, "", "<div>\nno blank line</div>\n"),
    ".agents/ORCHESTRATOR.md": ("Ours.\n",),
    "AGENTS.md": (_NOTES, "", "> quoted\n"),
    "CLAUDE.md": ("@AGENTS.md\n", "# Claude\n\n| a |\n|---|\n| b |\n"),
    ".claude/CLAUDE.md": ("# Claude\n",),
    "GEMINI.md": ("# Gemini\n", "See @./AGENTS.md.\n"),
    ".claude/settings.json": (
        '{"model": "opus"}\n',
        "{}",
        '{\n  // dear\n  "hooks": {"Stop": [],},\n}\n',
    ),
    ".cursor/hooks.json": ('{\n  "version": 1\n}\n', '{"version": 1, "hooks": {}}\n'),
    ".gemini/settings.json": ('{\n\t"context": {"fileName": "AGENTS.md"}\n}\n', "{\n}\n"),
    ".gitignore": ("*.pyc\n", "", "# build\n/build/\n\n", ".agents/temp\n"),
    ".gitattributes": ("* text=auto\n", "*.md merge=union\n", ""),
    ".agents/.gitattributes": ("*.md -merge\n",),
    ".pre-commit-config.yaml": (_REPOS, f"# first\n{_REPOS}ci: {{}}\n", "repos: []\n", "repos:\n"),
    ".gitlab-ci.yml": ("test:\n  script: [make]\n", ""),
    ".github/workflows/test.yml": ("on: push\n",),
    ".git/hooks/pre-commit": ("#!/bin/sh\nexit 0\n",),
    ".git/hooks/pre-merge-commit": ("#!/bin/sh\nexec make check\n",),
    ".husky/pre-commit": ("npm test\n",),
}
_PLACES = (".git/hooks/", ".git/config", ".git/info/")


def _snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Give the mode and content of all files that a set-up may have to do with."""
    return {
        name: (path.stat().st_mode, path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file()
        for name in [path.relative_to(root).as_posix()]
        if not name.startswith(".git/") or name.startswith(_PLACES)
    }


def _vary(text: str, rng: Random) -> bytes:
    """Give a text with line ends, a last line and a byte order mark as files may have them."""
    ending = rng.choice(("\n", "\n", "\n", "\r\n", "\r"))
    text = rng.choice((text, text, text.rstrip("\n"), f"{text}\n", f"{text}  "))
    mark = b"\xef\xbb\xbf" if rng.random() < 0.1 else b""
    return mark + text.replace("\n", ending).encode()


def _check(root: Path, seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - repeatable, and no secret
    root.mkdir()
    git(root, "init", "--quiet", "--template=")
    for name, texts in _FILES.items():
        if rng.random() < 0.5:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_vary(rng.choice(texts), rng))
    before = _snapshot(root)
    both = all((root / name).exists() for name in (_HANDOFF, "SESSION_LOG.md"))
    request = SetupRequest(
        directory=root,
        today=dt.date(2031, 1, 2),
        handoff=Path(_HANDOFF) if both else None,
        hook=rng.random() < 0.5,
        agents=rng.choice(((), ("codex", "cursor"), tuple(AGENT_HOSTS))),
    )
    plan_setup(request).carry_out()
    assert is_registered(root)
    assert _snapshot(root) != before
    plan_removal(root).carry_out()
    after = _snapshot(root)
    del before[".git/config"], after[".git/config"]
    assert after == before, seed
    assert not is_registered(root)
    assert plan_removal(root).does_nothing


def test_a_set_up_that_is_undone_leaves_the_bytes_of_before(tmp_path: Path) -> None:
    for seed in range(10):
        _check(tmp_path / str(seed), seed)


@pytest.mark.full
def test_many_set_ups_that_are_undone_leave_the_bytes_of_before(tmp_path: Path) -> None:
    for seed in range(400):
        _check(tmp_path / str(seed), seed)
