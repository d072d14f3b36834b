"""What the set-up adds to a project's own automation: pre-commit's configuration, and its CI."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from handoff_md.app.setup.change import Change, changed_file, put_section, read_source
from handoff_md.app.setup.managers import calls_guard
from handoff_md.text.marked import HASH, find_marked, outside_marked, put_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source

PRE_COMMIT: Final = ".pre-commit-config.yaml"
GITLAB: Final = ".gitlab-ci.yml"
_GITHUB_FOLDER: Final = ".github/workflows"
GITHUB: Final = f"{_GITHUB_FOLDER}/handoff-md.yml"

_REPOS: Final = lazy_pattern(r"^repos:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n)", re.MULTILINE)
_FIRST_ITEM: Final = lazy_pattern(r"(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*(?P<indent> *)-(?:[ ]|\r?\n)")

_HOOK: Final = """\
- repo: local
  hooks:
    - id: handoff-md-guard
      name: handoff-md guard
      entry: handoff-md guard
      language: system
      always_run: true
      pass_filenames: false
    - id: handoff-md-lint
      name: handoff-md lint
      entry: handoff-md lint --since HEAD --skip-others --force-exclude
      language: system
      require_serial: true
      stages: [pre-commit]
"""
_WORKFLOW: Final = """\
name: handoff-md
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: handoff-md/handoff-md/.github/actions/lint@main
        with:
          only-changed: true
"""
_JOB: Final = """\
handoff-md:
  stage: .pre
  image: python:3.13
  variables:
    GIT_DEPTH: "0"
  script:
    - python -m pip install "git+https://github.com/handoff-md/handoff-md"
    - >-
      handoff-md lint --since "origin/$CI_DEFAULT_BRANCH" --output concise
      --output gitlab:gl-code-quality-report.json --output junit:handoff-md.xml
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
      junit: handoff-md.xml
"""


def pre_commit_changes(root: Path) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Add the guard and the linter to pre-commit's configuration where there is one, on top.

    Returns:
        The change, and a note where the file is written in a way that has no place for it.

    Raises:
        ContentError: the markers in the file are damaged.
        FileError: it can't be read.
    """
    source = read_source(root, PRE_COMMIT)
    if source is None or calls_guard(outside_marked(source, PRE_COMMIT)):
        return (), ()
    place = _first_item(source)
    if place is None:
        words = "- repo: local, hooks: id handoff-md-guard, entry `handoff-md guard`"
        note = f"{PRE_COMMIT} has no `repos:` list to add to; add a hook to it yourself: {words}"
        return (), (note,)
    at, indent = place
    body = "".join(f"{indent}{line}\n" for line in _HOOK.splitlines())
    patch = put_marked(source, PRE_COMMIT, body, HASH, indent=indent, at=at)
    return changed_file(root, PRE_COMMIT, patch), ()


def _first_item(source: Source) -> tuple[int, str] | None:
    """Find where the list of ``repos:`` begins, and the indent of its items."""
    repos = list(_REPOS.finditer(source.text))
    if len(repos) != 1:
        return None
    item = _FIRST_ITEM.match(source.text, repos[0].end())
    return (repos[0].end(), item["indent"]) if item else None


def ci_changes(root: Path) -> tuple[Change, ...]:
    """Add a job that lints to the CI that the project has: GitHub's, GitLab's, both or none.

    Raises:
        ContentError: the markers in a file are damaged.
        FileError: a file can't be read.
    """
    changes: list[Change] = []
    if (root / _GITHUB_FOLDER).is_dir():
        changes += _ci_change(root, GITHUB, _WORKFLOW)
    if (root / GITLAB).is_file():
        changes += _ci_change(root, GITLAB, _JOB)
    return tuple(changes)


def _ci_change(root: Path, path: str, body: str) -> tuple[Change, ...]:
    source = read_source(root, path)
    if source and find_marked(source, path) is None and "handoff-md" in source.text:
        return ()
    return put_section(root, path, source, body, HASH)
