"""Tools beside git that run the guard: husky, lefthook, pre-commit, CI; and how they are to."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from handoff_md.app.setup.change import Change, changed_file, put_section, read_source
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.git.repository import Repository
from handoff_md.reading import read_regular
from handoff_md.text.marked import HASH, find_marked, outside_marked, put_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

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
GUARD: Final = "handoff-md guard || exit $?"
_HUSKY: Final = ".husky"
_HUSKY_STUBS: Final = "_"
_LEFTHOOK_PLACES: Final = ("lefthook", ".lefthook", ".config/lefthook")
_LEFTHOOK_LOCAL: Final = ("lefthook-local", ".lefthook-local", ".config/lefthook-local")
_LEFTHOOK_ENDINGS: Final = ("yml", "yaml", "toml", "json", "jsonc")
_LEFTHOOK_SCRIPTS: Final = (".lefthook", ".lefthook-local")
_RUNS_LEFTHOOK: Final = lazy_pattern(r"lefthook[\"']?[ \t]+run\b")
_RUNS_PRE_COMMIT: Final = lazy_pattern(r"\bhook-impl\b|\b(?:pre[-_]commit|prek)[ \t]+run\b")


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


class Manager(Value):
    """A tool that runs one of git's hooks for a project.

    ``place`` is where the project says what the hook does; ``is_script`` tells that it is a shell
    script of the hook's own. ``guards`` says that the guard is called there, ``runs`` that git's
    hook leads there. ``add`` says how to have the guard called, ``install`` is the command that
    makes git run the tool.
    """

    name: str
    place: Path
    is_script: bool
    guards: bool
    runs: bool
    add: str
    install: str


def find_manager(inquiry: Inquiry, hook: str) -> Manager | None:
    """Find the tool that runs one of git's hooks, or is configured to; None without one.

    Raises:
        GitError: git can't tell where hooks are.
    """
    return _find_husky(inquiry, hook) or _find_lefthook(inquiry, hook)


def git_runs_guard(inquiry: Inquiry, hook: str, *, by_pre_commit: bool) -> bool:
    """Tell whether git runs the guard by one of its hooks, which may be a tool's.

    Args:
        inquiry: says where hooks are.
        hook: the name of the hook.
        by_pre_commit: the configuration of pre-commit has the guard.

    Raises:
        GitError: git can't tell where hooks are.
    """
    script = read_script(inquiry.hooks / hook)
    manager = find_manager(inquiry, hook)
    if runs_guard(script, hook):
        return True
    if manager:
        return manager.guards and manager.runs
    return by_pre_commit and runs_pre_commit(script)


def find_no_folder(inquiry: Inquiry) -> Path | None:
    """Give what stands where the hooks' folder should be, such as ``/dev/null``; None if nothing.

    Raises:
        GitError: git can't tell where hooks are.
    """
    folder = inquiry.hooks
    return folder if os.path.lexists(folder) and not folder.is_dir() else None


def command_for_folder(repository: Repository) -> str:
    """Give the command that has git look for hooks in the repository's own folder again."""
    root, own = shlex.quote(str(repository.root)), shlex.quote(str(repository.common_dir / "hooks"))
    return f"git -C {root} config core.hooksPath {own}"


def calls_guard(script: str) -> bool:
    """Tell whether a hook's text, or the configuration of a tool that runs hooks, calls guard."""
    code = _without_comments(script)
    return "handoff-md guard" in code or "handoff-md-guard" in code


def runs_guard(script: str, name: str) -> bool:
    """Tell whether one of the hooks runs guard: itself, or as git's sample by the other."""
    other = name != "pre-commit" and "hooks/pre-commit" in _without_comments(script)
    return other or calls_guard(script)


def runs_pre_commit(script: str) -> bool:
    """Tell whether a hook's text runs what `.pre-commit-config.yaml` says: pre-commit, or prek."""
    return _RUNS_PRE_COMMIT.search(_without_comments(script)) is not None


def read_script(path: Path) -> str:
    """Read a hook or a configuration as far as it can be; empty where it can't."""
    try:
        return read_regular(path).decode("utf-8", "replace")
    except OSError:
        return ""


def _find_husky(inquiry: Inquiry, hook: str) -> Manager | None:
    """Find husky: git is led to ``.husky`` (to 8) or ``.husky/_`` (from 9), where it is installed.

    Source: husky's own scripts; the stubs in ``_`` run the file of their name in the folder above.
    """
    folder = inquiry.hooks
    home = folder.parent if folder.name == _HUSKY_STUBS else folder
    runs = home.name == _HUSKY and (home == folder or (folder / hook).is_file())
    if home.name != _HUSKY:
        home = inquiry.repository.root / _HUSKY
    if not home.is_dir():
        return None
    place = home / hook
    add = f"printf '\\n%s\\n' {shlex.quote(GUARD)} >> {shlex.quote(str(place))}"
    guards = runs_guard(read_script(place), hook)
    return Manager(
        "husky", place, is_script=True, guards=guards, runs=runs, add=add, install="npx husky"
    )


def _find_lefthook(inquiry: Inquiry, hook: str) -> Manager | None:
    """Find lefthook, by its configuration. Source: lefthook's documentation of its files."""
    root = inquiry.repository.root
    main = next(_existing(root, _LEFTHOOK_PLACES), None)
    if main is None:
        return None
    files = (main, *_existing(root, _LEFTHOOK_LOCAL))
    runs = _RUNS_LEFTHOOK.search(read_script(inquiry.hooks / hook)) is not None
    scripts = (
        script for name in _LEFTHOOK_SCRIPTS for script in sorted((root / name / hook).glob("*"))
    )
    guards = any(calls_guard(_part_of(file, hook)) for file in files)
    guards = guards or any(calls_guard(read_script(script)) for script in scripts)
    add = _add_to_lefthook(main, hook)
    return Manager(
        "lefthook",
        main,
        is_script=False,
        guards=guards,
        runs=runs,
        add=add,
        install="lefthook install",
    )


def _existing(root: Path, places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        for ending in _LEFTHOOK_ENDINGS:
            path = root / f"{place}.{ending}"
            if path.is_file():
                yield path


def _part_of(file: Path, hook: str) -> str:
    """Give what a configuration of lefthook says of a hook: of YAML that key, else all of it."""
    text = read_script(file)
    if file.suffix not in (".yml", ".yaml"):
        return text if hook in text else ""
    key = re.compile(rf"^[\"']?{re.escape(hook)}[\"']?:.*(?:\n(?:[ \t#\-].*)?)*", re.MULTILINE)
    found = key.search(text)
    return found.group() if found else ""


def _add_to_lefthook(file: Path, hook: str) -> str:
    if file.suffix not in (".yml", ".yaml") or _part_of(file, hook):
        return f"add a command that runs `handoff-md guard` to {hook} in {file}"
    lines = (f"{hook}:", "  commands:", "    handoff-md-guard:", "      run: handoff-md guard")
    words = " ".join(shlex.quote(line) for line in ("", *lines))
    return f"printf '%s\\n' {words} >> {shlex.quote(str(file))}"


def _without_comments(script: str) -> str:
    return re.sub(r"^[ \t]*#.*$", "", script, flags=re.MULTILINE)
