"""What the set-up writes for git: what to ignore, and the hooks."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from handoff_md.app.setup.change import Change, put_section, read_source
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.app.setup.tools import (
    GUARD,
    Manager,
    command_for_folder,
    find_manager,
    find_no_folder,
    runs_guard,
)
from handoff_md.config import Config
from handoff_md.git.index import find_ignore_rule
from handoff_md.git.repository import Repository
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.marked import HASH, find_marked, put_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

IGNORE: Final = ".gitignore"
_TEMPORARY: Final = ".handoff-md-*.tmp"
_SPECIAL: Final = "\\*?[]!# "
SHEBANG: Final = "#!/bin/sh\n"
"""The first line of a hook that the set-up creates."""
_HOOK: Final = """\
# Keeps HANDOFF.md out of commits while a parallel run is active.
if command -v handoff-md >/dev/null 2>&1; then
  handoff-md guard || exit $?
else
  run=$(git rev-parse --git-common-dir)/handoff-md/run.json
  token=
  if [ -e "$run" ]; then
    while read -r key value; do
      if [ "$key" = '"run":' ]; then token=${value#?}; token=${token%??}; fi
    done <"$run"
    if { [ -z "$token" ] || [ "${HANDOFF_MD_RUN:-}" != "$token" ]; } &&
      ! git diff --cached --quiet -- @PATHSPEC@; then
      echo "pre-commit: a parallel run is active: leave the handoff document out of commits." >&2
      echo "git restore --staged takes it out; handoff-md, which tells more, is not on PATH." >&2
      exit 1
    fi
  fi
  echo "pre-commit: handoff-md is not on PATH, so HANDOFF.md is not guarded" >&2
fi
"""
_SPEC: Final = ":(top,literal)"
_SPECS: Final = lazy_pattern(
    r"^ *! git diff --cached --quiet -- (?P<specs>.*); then$", re.MULTILINE
)
_MERGE_HOOK: Final = """\
# Keeps merges of HANDOFF.md out while a parallel run is active: git runs no pre-commit for them.
if command -v handoff-md >/dev/null 2>&1; then
  handoff-md guard || exit $?
else
  echo "pre-merge-commit: handoff-md is not on PATH, so HANDOFF.md is not guarded" >&2
fi
"""
HOOKS: Final = ("pre-commit", "pre-merge-commit")
"""The hooks of git that run the guard: before a commit, and before a merge without conflicts."""


def ignore_changes(repository: Repository, config: Config) -> tuple[Change, ...]:
    """Have git ignore summaries, and what a killed write leaves, for everybody.

    A repository whose own rules ignore the summaries keeps them as they are.

    Raises:
        ContentError: the markers in the file are damaged.
        FileError: it can't be read.
        GitError: git can't tell what it ignores.
    """
    root = repository.root
    source = read_source(root, IGNORE)
    if source is None or find_marked(source, IGNORE) is None:
        rule = find_ignore_rule(repository, f"{config.summaries}/handoff-session-1-summary.md")
        if rule is not None and _is_shared(rule):
            return ()
    rules = {f"/{_escaped(config.summaries)}/", *_list_rules(root, source)}
    body = "\n".join((*sorted(rules), _TEMPORARY))
    return put_section(root, IGNORE, source, body, HASH)


def _list_rules(root: Path, source: Source | None) -> Iterator[str]:
    """Give the rules in our section for the summaries of documents whose folder is still there."""
    span = find_marked(source, IGNORE) if source else None
    for line in source.slice(span).splitlines() if source and span else ():
        folder = re.sub(r"\\(.)", r"\1", line).strip("/")
        if line.startswith("/") and (root / folder).parent.is_dir():
            yield line


def _is_shared(rule_file: str) -> bool:
    """Tell whether a rule's file is one that clones get: a .gitignore inside the work tree."""
    return not Path(rule_file).is_absolute() and Path(rule_file).name == IGNORE


def _escaped(path: str) -> str:
    """Write a path as a pattern of its own. Source: gitignore(5)."""
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in path.strip("/"))


def hook_changes(
    inquiry: Inquiry, config: Config, name: str
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Install one of the hooks that run ``guard``; somebody else's hook is never touched.

    Where a tool runs the project's hooks, what is its own stays as well. Where the command is
    missing the hook before commits keeps the document out of them itself during a run.

    Returns:
        The change, and notes that say why there is none.

    Raises:
        ContentError: the markers in our hook are damaged.
        FileError: it can't be read.
        GitError: git can't tell where hooks are.
    """
    manager = find_manager(inquiry, name)
    if manager and not manager.is_script:
        return (), () if manager.guards else (_note_on(manager),)
    place = manager.place if manager else inquiry.hooks / name
    obstacle = _obstacle(inquiry, place)
    if obstacle:
        return (), (obstacle,)
    root, folder = inquiry.repository.root, place.parent
    hook = os.path.relpath(place, root)
    source = read_source(folder, name) if os.path.lexists(folder) else None
    script = _script_of(config, name, _list_kept(root, source))
    if source is None:
        return (_new_hook(root, hook, script),), ()
    if find_marked(source, hook) is None:
        note = f"{hook} is somebody else's hook and stays as it is: {_call_guard_from(place)}"
        note = _note_on(manager) if manager else note
        return (), () if runs_guard(source.text, name) else (note,)
    patch = put_marked(source, hook, script, HASH)
    if patch.edits or not os.access(root / hook, os.X_OK):
        return (Change(root, hook, patch, creates=False, executable=True),), ()
    return (), ()


def _obstacle(inquiry: Inquiry, place: Path) -> str | None:
    """Say why a hook can't be written where git looks for it; None where it can."""
    repository, no_folder = inquiry.repository, find_no_folder(inquiry)
    if no_folder:
        note = f"core.hooksPath leads to {no_folder}, which is no folder, so git runs no hooks"
        return f"{note}: {command_for_folder(repository)}"
    folder = Path(os.path.realpath(place.parent))
    if any(folder.is_relative_to(home) for home in (repository.root, repository.common_dir)):
        return None
    note = f"core.hooksPath leads to {place.parent}, which serves other repositories too"
    return f"{note}: {_call_guard_from(place)}"


def _script_of(config: Config, name: str, kept: frozenset[str]) -> str:
    template = _HOOK if name == "pre-commit" else _MERGE_HOOK
    specs = (f"{_SPEC}{path}" for path in sorted(kept | {config.handoff}))
    return template.replace("@PATHSPEC@", shlex.join(specs))


def _list_kept(root: Path, source: Source | None) -> frozenset[str]:
    """List the documents that a hook of ours keeps out of commits, and that are still there."""
    found = _SPECS.search(source.text) if source else None
    try:
        specs = shlex.split(found["specs"]) if found else []
    except ValueError:  # somebody has edited it
        return frozenset()
    paths = {spec.removeprefix(_SPEC) for spec in specs if spec.startswith(_SPEC)}
    return frozenset(path for path in paths if (root / path).is_file())


def _new_hook(root: Path, hook: str, script: str) -> Change:
    section = put_marked(None, hook, script, HASH).apply().text
    made = make_patch(Source(""), [Edit(Span(0, 0), SHEBANG + section)])
    return Change(root, hook, made, creates=True, executable=True)


def _note_on(manager: Manager) -> str:
    return f"{manager.name} runs the hooks of this repository: {manager.add}"


def _call_guard_from(hook: Path) -> str:
    return f"add `{GUARD}` yourself to {hook}, above what ends it"
