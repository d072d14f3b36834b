"""Merges a document that is in conflict right now, as the merge driver would have."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ContentError, FileError, HandoffError
from handoff_md.git.index import Stages, read_sides, read_stages, stage
from handoff_md.git.process import write_git
from handoff_md.store.files import digest, read_bytes, replace_bytes
from handoff_md.syntax.form.form import FormHints
from handoff_md.text.source import decode, encode
from handoff_md.threeway.conflict import Conflict, ConflictKind, Policy
from handoff_md.threeway.document import merge_three_way
from handoff_md.threeway.marked import (
    Marked,
    forget_base,
    has_markers,
    read_marked,
)
from handoff_md.threeway.result import Labels, ThreeWayMerge
from handoff_md.value import Value

_DEEPEST = 8


class ResolveStatus(StrEnum):
    """How it ended."""

    RESOLVED = "resolved"
    WOULD_RESOLVE = "would-resolve"
    CONFLICTS = "conflicts"
    NOTHING = "nothing-to-resolve"


class ResolveRequest(Value):
    """What to resolve: ``path`` is relative to ``directory``; None is the configured document.

    ``policy`` None is the configured one. ``check`` writes nothing; ``add`` stages a clean result.
    """

    directory: Path
    path: Path | None = None
    policy: Policy | None = None
    check: bool = False
    add: bool = False


class ConflictAnswer(Value):
    """A conflict that is left.

    Attributes:
        kind: what the sides disagree on.
        place: the headings that lead there, then the field or row.
    """

    kind: ConflictKind
    place: tuple[str, ...]


class ResolveAnswer(Answer):
    """What `resolve --json` prints.

    Attributes:
        status: how it ended.
        path: the file.
        conflicts: what is left.
        notes: what was decided that is worth knowing.
        staged: whether the file is in the index now.
    """

    status: ResolveStatus
    path: str
    conflicts: tuple[ConflictAnswer, ...]
    notes: tuple[str, ...]
    staged: bool


class ResolveReport(Value):
    """What was done, and what is left."""

    status: ResolveStatus
    path: str
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    staged: bool = False

    @property
    def exit_code(self) -> int:
        """Give 1 where conflicts are left."""
        return int(self.status is ResolveStatus.CONFLICTS)

    def to_json(self) -> ResolveAnswer:
        """Give the documented JSON object."""
        return ResolveAnswer(
            status=self.status,
            path=self.path,
            conflicts=tuple(ConflictAnswer(one.kind, one.path) for one in self.conflicts),
            notes=self.notes,
            staged=self.staged,
        )


class _Way(Value):
    """How versions are merged: by which policy, and what is known of the document's form."""

    policy: Policy
    hints: FormHints


class _Target(Value):
    """The file: where it lies, its name for people, and its path in the repository."""

    file: Path
    name: str
    git_path: str | None
    workspace: Workspace


def resolve(request: ResolveRequest) -> ResolveReport:
    """Merge the versions in the index, or those that a file's markers hold, and write the result.

    Raises:
        ContentError: the markers can't be read, or one side has deleted the file.
        HandoffError: the file, git or the configuration can't be used.
    """
    target = _find(request)
    before = read_bytes(target.file, root=Path(target.file.anchor), limit=None)
    config = target.workspace.config
    hints = config.hints(name=target.git_path or target.name)
    way = _Way(request.policy or config.merge_policy, hints)
    stages = _stages(target)
    if target.workspace.is_derived and target.file == target.workspace.handoff:
        rebuilt = _rebuild(request, target, stages)
        if rebuilt:
            return rebuilt
    if stages and None in (stages.ours, stages.theirs):
        side = "ours" if stages.ours is None else "theirs"
        raise ContentError(
            f"{target.name} is deleted in {side} and changed in the other",
            f"Decide which it is: {_git_line(target, 'rm')} or {_git_line(target, 'add')}.",
        )
    notes: tuple[str, ...] = ()
    if not has_markers(decode(before).text):
        if stages is None or before not in (stages.ours, stages.theirs):
            return _settled(request, target, unmerged=stages is not None)
        # A driver that died leaves one version without markers; to add it would lose the other.
        merged = merge_three_way(*_versions(stages), policy=way.policy, hints=hints)
        return _conclude(request, target, before, merged, notes)
    marked = read_marked(decode(before).text)
    if stages:
        merged = _merge_anew(marked, stages, way)
        configured = replace(way, policy=config.merge_policy)
        driven = merged if way == configured else _merge_anew(marked, stages, configured)
        if before == driven.content or _is_untouched(marked, stages):
            return _conclude(request, target, before, merged, notes)
    merged, notes = _merge_marked(marked, way, stages)
    return _conclude(request, target, before, merged, notes)


def _rebuild(
    request: ResolveRequest, target: _Target, stages: Stages | None
) -> ResolveReport | None:
    """Build the document where both sides are builds; None where somebody has edited one of them.

    The record of the last build, which both have changed as well, is settled with it; it may be in
    conflict where a driver has merged the document without one.

    Raises:
        ContentError: a piece, or a session's file, can't be taken in.
        FileError: a file can't be read or written.
        GitError: git can't tell what is in conflict.
    """
    from handoff_md.app.derived.building import build_anyhow, is_built
    from handoff_md.derived.pieces import BUILT

    workspace = target.workspace
    sides: tuple[bytes | None, ...] = (stages.ours, stages.theirs) if stages else ()
    record = f"{workspace.config.committed}/{BUILT}"
    if stages is None and workspace.repository and read_stages(workspace.root, record):
        sides = tuple(read_sides(workspace.repository, workspace.git_path).values())
        if not is_built(workspace, [one for one in sides if one is not None]):
            add = write_git(workspace.root, "add", "--", record)
            note = f"{record} is in conflict, and one side was edited: `{add}` settles that, and "
            note += "`handoff-md split --update` takes the edits in"
            return ResolveReport(ResolveStatus.NOTHING, target.name, notes=(note,))
    if not sides or not is_built(workspace, [one for one in sides if one is not None]):
        return None
    if request.check:
        return ResolveReport(ResolveStatus.WOULD_RESOLVE, target.name)
    paths = build_anyhow(workspace)
    for path in paths if request.add else ():
        stage(workspace.root, path)
    note = "both sides are builds: it is built anew, of what both have"
    return ResolveReport(ResolveStatus.RESOLVED, target.name, notes=(note,), staged=request.add)


def _merge_anew(marked: Marked, stages: Stages, way: _Way) -> ThreeWayMerge:
    """Merge the versions in the index, with the labels and in the style of a marked file."""
    return merge_three_way(
        *_versions(stages),
        policy=way.policy,
        hints=way.hints,
        labels=_labels(marked),
        conflict_style="diff3" if marked.knows_base else "merge",
    )


def _versions(stages: Stages) -> tuple[bytes, bytes, bytes]:
    return stages.base or b"", stages.ours or b"", stages.theirs or b""


def _settled(request: ResolveRequest, target: _Target, *, unmerged: bool) -> ResolveReport:
    """Report a file without a conflict, and stage what was settled by hand where that is asked."""
    if not unmerged:
        return ResolveReport(ResolveStatus.NOTHING, target.name)
    if request.add and not request.check and target.git_path is not None:
        stage(target.workspace.root, target.git_path)
        return ResolveReport(ResolveStatus.RESOLVED, target.name, staged=True)
    told = (f"it was settled by hand: {_git_line(target, 'add')} stages it",)
    return ResolveReport(ResolveStatus.NOTHING, target.name, notes=told)


def _git_line(target: _Target, command: str) -> str:
    return f"`{write_git(target.workspace.root, command, '--', target.git_path or target.name)}`"


def _find(request: ResolveRequest) -> _Target:
    workspace = open_workspace(request.directory)
    file = workspace.handoff if request.path is None else request.directory / request.path
    name = workspace.config.handoff if request.path is None else str(request.path)
    if not file.exists():
        raise FileError(f"there is no {name}", "Name the file: `handoff-md resolve PATH`.")
    real = file.parent.resolve() / file.name
    inside = workspace.repository is not None and real.is_relative_to(workspace.root)
    path = real.relative_to(workspace.root).as_posix() if inside else None
    return _Target(real, name, path, workspace)


def _stages(target: _Target) -> Stages | None:
    if target.git_path is None:
        return None
    return read_stages(target.workspace.root, target.git_path)


def _is_untouched(marked: Marked, stages: Stages) -> bool:
    """Tell whether nobody has worked on the file since git merged its lines and stopped.

    Then it has no line that no version has, and all lines that a side added or both kept. What
    both sides added at one place is in conflict: where it is not, a person has kept both.
    """
    base, ours, theirs = (
        _lines(decode(version or b"").text) for version in (stages.base, stages.ours, stages.theirs)
    )
    told = _lines(marked.ours) | _lines(marked.theirs)
    markers = {line for line in told if line.startswith(("<<<<<<<", "=======", ">>>>>>>"))}
    expected = (ours - base) | (theirs - base) | (base & ours & theirs)
    if not (told - markers <= base | ours | theirs and expected <= told):
        return False
    settled = "".join(part if isinstance(part, str) else "\n" for part in marked.parts)
    return not _holds_both(settled, ours - base - theirs, theirs - base - ours)


def _holds_both(text: str, ours: set[str], theirs: set[str]) -> bool:
    """Tell whether lines of one side stand right beside lines of the other."""
    whose = [
        "ours" if line in ours else "theirs" if line in theirs else ""
        for line in map(str.strip, text.split("\n"))
    ]
    return any({one, next_one} == {"ours", "theirs"} for one, next_one in pairwise(whose))


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.split("\n")}


def _merge_marked(
    marked: Marked, way: _Way, stages: Stages | None, depth: int = 0
) -> tuple[ThreeWayMerge, tuple[str, ...]]:
    """Merge the versions that markers hold; what holds markers again is merged first.

    Where the index has the base it counts, else what the markers show of it.
    """
    if depth > _DEEPEST:
        raise ContentError("conflicts are nested too deep", "Resolve the innermost by hand.")
    notes: list[str] = []
    sides: list[bytes] = []
    for text in (marked.ours, marked.theirs):
        side = encode(text)
        if has_markers(text):
            inner, inner_notes = _merge_marked(read_marked(text), way, stages, depth + 1)
            notes += (*inner.notes, *inner_notes)
            if not inner.clean:
                raise ContentError(
                    "a conflict stands inside another one, and can't be merged by itself",
                    "Resolve the inner one by hand, then run the command again.",
                )
            side = inner.content
        sides.append(side)
    shown = forget_base(marked)
    known = stages.base if stages else None
    base = encode(shown.base) if known is None else known
    if known is None and not shown.knows_base:
        notes.append(
            "the markers do not show the base: what only one side has was kept, "
            "as if it had been added"
        )
    ours, theirs = sides
    merged = merge_three_way(
        base,
        ours,
        theirs,
        policy=way.policy,
        hints=way.hints,
        labels=_labels(marked),
        conflict_style="diff3" if marked.knows_base else "merge",
    )
    return merged, tuple(notes)


def _labels(marked: Marked) -> Labels:
    first = marked.hunks[0]
    return Labels(
        first.our_label or "ours", first.base_label or "base", first.their_label or "theirs"
    )


def _conclude(
    request: ResolveRequest,
    target: _Target,
    before: bytes,
    merged: ThreeWayMerge,
    notes: tuple[str, ...],
) -> ResolveReport:
    told = (*notes, *merged.notes)
    if not merged.clean:
        if not (request.check or merged.refused):
            replace_bytes(target.file, merged.content, expected=digest(before))
        return ResolveReport(ResolveStatus.CONFLICTS, target.name, merged.conflicts, told)
    if request.check:
        return ResolveReport(ResolveStatus.WOULD_RESOLVE, target.name, notes=told)
    replace_bytes(target.file, merged.content, expected=digest(before))
    if request.add and target.git_path is None:
        raise HandoffError(f"{target.name} is resolved, but in no git repository to be staged in")
    if request.add and target.git_path is not None:
        stage(target.workspace.root, target.git_path)
    return ResolveReport(ResolveStatus.RESOLVED, target.name, notes=told, staged=request.add)
