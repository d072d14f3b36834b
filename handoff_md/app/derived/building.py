"""Builds the document of its pieces, and never overwrites words that are in none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.derived.folder import Files, is_aside, options_of, own_folder, read_files
from handoff_md.app.derived.losses import find_losses
from handoff_md.app.merge.report import Watch
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.derived.building import Built, build
from handoff_md.derived.pieces import ATTRIBUTES, BUILT, MOST_BYTES, Pieces
from handoff_md.errors import ContentError
from handoff_md.git.commit import commit_paths
from handoff_md.git.index import read_sides, stage
from handoff_md.git.objects import list_tree
from handoff_md.git.process import write_git
from handoff_md.git.status import find_operation, read_changes, refuse_operation
from handoff_md.merge.summaries import refuse_unreadable
from handoff_md.store.changes import change_files, finish_changes
from handoff_md.store.files import read_bytes, read_present, sweep_orphans
from handoff_md.syntax.parse import parse
from handoff_md.text.alignment import patch_lines
from handoff_md.text.diff import unified_diff
from handoff_md.text.source import decode
from handoff_md.value import Value

_LIMIT_OF = "the document"
_MOST_NAMED = 3
_MARKER = re.compile("^(?:<{7}|>{7})", re.MULTILINE)


class BuildStatus(StrEnum):
    """How it ended."""

    BUILT = "built"
    WOULD_BUILD = "would-build"
    UP_TO_DATE = "up-to-date"
    """The document is what the pieces give."""
    LAST_BUILD = "last-build"
    """It is the last build, and there is more by now: on a branch that is right."""
    STALE = "stale"
    """The same on the main branch."""
    EDITED = "edited"
    """It holds words that are in none of the pieces, whoever wrote them, or lacks some."""
    REFUSED = "refused"
    """The pieces, or a session's file, can't be taken in."""


class BuildRequest(Value):
    """What to build. ``check`` and ``preview`` write nothing; ``overwrite`` discards edits.

    ``commit`` commits the document, and of its folder what is not committed yet: nothing else.
    """

    directory: Path
    check: bool = False
    preview: bool = False
    overwrite: bool = False
    commit: bool = False


class BuildAnswer(Answer):
    """What `build --json` prints.

    Attributes:
        status: what became of the document, or what it is to its pieces.
        handoff: the document's path from the repository's root.
        sessions: the sessions' files that stand in it, by name.
        changed: the paths of what was written.
        commit: the commit that was made of it, or null.
        diff: what lies between the document that there was and the one that the pieces give.
        notes: what is worth knowing.
        problems: why it can't be built.
    """

    status: BuildStatus
    handoff: str
    sessions: tuple[str, ...]
    changed: tuple[str, ...]
    commit: str | None
    diff: str
    notes: tuple[str, ...]
    problems: tuple[str, ...]


class BuildReport(Value):
    """What was built, and the diff from the document that there was to it.

    ``sessions`` are the sessions' files that stand in it; ``changed`` are the paths that were
    written, and ``commit`` is the commit that was made of them, None without. ``problems`` say why
    it was refused, ``lost`` says which words of the last build stand nowhere else.
    """

    status: BuildStatus
    path: str
    sessions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    diff: str = ""
    changed: tuple[str, ...] = ()
    commit: str | None = None
    problems: tuple[str, ...] = ()
    lost: str = ""

    @property
    def exit_code(self) -> int:
        """Give 1 where the document is not what it should be."""
        return int(self.status in (BuildStatus.STALE, BuildStatus.EDITED, BuildStatus.REFUSED))

    def to_json(self) -> BuildAnswer:
        """Give the documented JSON object."""
        return BuildAnswer(
            status=self.status,
            handoff=self.path,
            sessions=self.sessions,
            changed=self.changed,
            commit=self.commit,
            diff=self.diff,
            notes=(*self.notes, *filter(None, (self.lost,))),
            problems=self.problems,
        )


def report_refused(request: BuildRequest, error: ContentError) -> BuildReport:
    """Report pieces that can't be built, for programs."""
    path = open_workspace(request.directory).config.handoff
    return BuildReport(BuildStatus.REFUSED, path, problems=(error.message, error.hint))


def build_document(
    request: BuildRequest, watch: Watch, *, verify: bool = True, run_token: str | None = None
) -> BuildReport:
    """Build the document, or check it.

    A document that is neither what the pieces give nor the last build is left alone, unless
    ``overwrite`` says that its words may go. So is one with words that are in no file.

    Args:
        request: what to build.
        watch: told while the lock is awaited.
        verify: let hooks check the commit.
        run_token: passed to hooks.

    Raises:
        ContentError: a piece or a session's file can't be taken in.
        HandoffError: the folder, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    if request.check or request.preview:
        return _judge(workspace, request, ())
    with locked(workspace, watch) as notes:
        report = _judge(workspace, request, notes)
        if report.exit_code:
            return report
        if not request.commit:
            return replace(report, notes=(*report.notes, *_tell_untracked(workspace)))
        return replace(report, commit=_commit(workspace, verify=verify, run_token=run_token))


def _tell_untracked(workspace: Workspace) -> Iterator[str]:
    """Name the pieces that a commit of what git tracks would leave out.

    Raises:
        GitError: git can't tell.
    """
    repository, (here, _) = workspace.repository, list_paths(workspace)
    letters = read_changes(repository, here)[1] if repository else {}
    new = [path for path in here if letters.get(path) in ("??", "!!")]
    if repository and new:
        add = write_git(repository.root, "add", "--", workspace.config.committed)
        names = ", ".join(path.rpartition("/")[2] for path in new[:_MOST_NAMED])
        names += f" and {len(new) - _MOST_NAMED} more" if len(new) > _MOST_NAMED else ""
        yield f"git does not track {names}: `{add}` takes that into your commit"


def _commit(workspace: Workspace, *, verify: bool, run_token: str | None) -> str | None:
    """Commit the document and its folder as they are; None where they are committed.

    Raises:
        GitError: git or a hook refuses.
    """
    repository = workspace.repository
    if repository is None:
        return None
    refuse_operation(repository, find_operation(repository))
    present, gone = list_paths(workspace)
    return commit_paths(
        repository,
        message=f"docs(handoff): build {workspace.handoff.name}\n",
        changed=[workspace.git_path, *present],
        removed=gone,
        no_verify=not verify,
        run_token=run_token,
        lock_seconds=workspace.index_seconds,
    )


def list_paths(workspace: Workspace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the paths that a commit of the document takes along: the pieces here, and those gone.

    A commit that holds words of a piece without its file would lose them in the next build.

    Raises:
        FileError: the folder can't be read.
        GitError: git can't tell what HEAD holds.
    """
    place, repository = workspace.config.committed, workspace.repository
    names = {*read_files(workspace).data, ATTRIBUTES}
    here = {f"{place}/{name}" for name in names if (workspace.root / place / name).is_file()}
    held = list_tree(repository, "HEAD", [place]) if repository else {}
    gone = {path for path in held if not is_aside(path.removeprefix(f"{place}/"))} - here
    return tuple(sorted(here)), tuple(sorted(gone))


def check_document(workspace: Workspace) -> BuildReport:
    """Say what the document is to what the pieces give; nothing is written.

    Raises:
        ContentError: a piece or a session's file can't be taken in.
        HandoffError: the folder, files or git stand in the way.
    """
    return _judge(workspace, BuildRequest(workspace.root, check=True), ())


def is_built(workspace: Workspace, versions: Sequence[bytes]) -> bool:
    """Tell whether each of some versions of the document is a build: then none has words to lose.

    Raises:
        FileError: the folder can't be read.
    """
    files = read_files(workspace)
    if not (files.is_split and all(map(files.is_last_build, versions))):
        return False
    data = build_pieces(workspace, files.to_pieces()).source.to_bytes()
    revisions = [_find_revision(workspace, one) for one in versions]
    pairs = zip(versions, revisions, strict=True)
    return not any(find_losses(workspace, files, one, data, revision=at) for one, at in pairs)


def _find_revision(workspace: Workspace, version: bytes) -> str:
    """Give the side of a merge that has a version of the document; HEAD where none has."""
    repository = workspace.repository
    sides = read_sides(repository, workspace.git_path) if repository else {}
    same = (name for name, data in sides.items() if data and is_same_text(data, version))
    return next(same, "HEAD")


class Judgement(Value):
    """Whether a build may take the place of the document, and which words would be lost if not."""

    may_replace: bool
    lost: str = ""


def judge_present(
    workspace: Workspace, files: Files, present: bytes | None, data: bytes
) -> Judgement:
    """Judge the document that there is: a build of which no word is lost in the next may go.

    Where a merge has brought two builds together it is none itself: no word of it may be new.

    Raises:
        GitError: git can't tell what was committed.
    """
    if present is None or is_same_text(present, data):
        return Judgement(may_replace=True)
    is_last = files.is_last_build(present)
    if not (is_last or files.has_met):
        return Judgement(may_replace=False)
    losses = find_losses(workspace, files, present, data, is_exact=not is_last)
    return Judgement(losses is None, losses.why if losses and is_last else "")


def build_of_both(workspace: Workspace) -> bool:
    """Build the document of what both sides of a merge have, and stage it, where both are builds.

    Raises:
        ContentError: a piece or a session's file can't be taken in.
        FileError: a file can't be read or written.
        GitError: git can't tell what the sides are.
    """
    repository = workspace.repository
    sides = read_sides(repository, workspace.git_path) if repository else {}
    if not sides or not is_built(workspace, [one for one in sides.values() if one is not None]):
        return False
    for path in build_anyhow(workspace):
        stage(workspace.root, path)
    return True


def build_anyhow(workspace: Workspace) -> tuple[str, ...]:
    """Build the document whatever is there, and give the paths of it and of the record.

    Raises:
        ContentError: a piece or a session's file can't be taken in.
        FileError: a file can't be read or written.
    """
    with locked(workspace, Watch()):
        files = read_files(workspace)
        data = build_pieces(workspace, files.to_pieces()).source.to_bytes()
        wanted = {workspace.config.handoff: data, **files.record(data)}
        change_files(workspace.state, workspace.root, wanted)
    return (workspace.config.handoff, f"{files.place}/{BUILT}", *list_paths(workspace)[0])


@contextmanager
def locked(workspace: Workspace, watch: Watch) -> Iterator[tuple[str, ...]]:
    """Hold the lock, and first finish what a killed command has begun; gives notes of that.

    Raises:
        FileError: the lock was not free in time, or what was begun can't be finished.
    """
    with workspace.locked(watch.on_lock):
        sweep_orphans(own_folder(workspace))
        finished = finish_changes(workspace.state, workspace.root)
        yield (
            (f"a killed command had begun to change {finished[0]}: that is finished now",)
            if finished
            else ()
        )


def build_pieces(workspace: Workspace, pieces: Pieces) -> Built:
    """Build the text of pieces as the configuration has it.

    Raises:
        ContentError: a session's file can't be taken in, or a piece is in conflict.
    """
    hints = workspace.config.hints()
    built = build(pieces, options=options_of(workspace), hints=hints)
    if _MARKER.search(built.source.text):
        refuse_unreadable(parse(built.source, hints=hints))
    return built


def read_document(workspace: Workspace) -> bytes | None:
    """Read the document; None where there is none.

    Raises:
        FileError: it can't be read, or has more than 10 MB.
    """
    if read_present(workspace.handoff) is None:
        return None
    return read_bytes(workspace.handoff, root=workspace.root, limit=MOST_BYTES, limit_of=_LIMIT_OF)


def is_same_text(one: bytes, other: bytes) -> bool:
    """Tell whether two documents differ in nothing but what checkouts do to line endings."""
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def _judge(workspace: Workspace, request: BuildRequest, notes: tuple[str, ...]) -> BuildReport:
    """Say what the document is to what the pieces give, and write that where it may be."""
    files = read_files(workspace)
    built = build_pieces(workspace, files.to_pieces())
    data, present = built.source.to_bytes(), read_document(workspace)
    judged = judge_present(workspace, files, present, data)
    status = _status(workspace, request, judged, present, data)
    diff = "" if status is BuildStatus.UP_TO_DATE else diff_of(workspace, present or b"", data)
    changed: tuple[str, ...] = ()
    if not (request.check or request.preview or status is BuildStatus.EDITED):
        changed = _write(workspace, files, present, data)
    return BuildReport(
        status,
        workspace.config.handoff,
        tuple(name for told in built.told for name in told.names),
        (*notes, *built.notes),
        diff,
        changed,
        lost=judged.lost if status is BuildStatus.EDITED else "",
    )


def _status(
    workspace: Workspace,
    request: BuildRequest,
    judged: Judgement,
    present: bytes | None,
    data: bytes,
) -> BuildStatus:
    if present is not None and is_same_text(present, data):
        return BuildStatus.UP_TO_DATE
    if request.check and present is None:
        return BuildStatus.STALE
    if present is not None and not judged.may_replace:
        if request.check or not request.overwrite:
            return BuildStatus.EDITED
    elif request.check:
        return BuildStatus.STALE if is_on_main(workspace) else BuildStatus.LAST_BUILD
    return BuildStatus.WOULD_BUILD if request.preview else BuildStatus.BUILT


def _write(
    workspace: Workspace, files: Files, present: bytes | None, data: bytes
) -> tuple[str, ...]:
    """Write the document and the record of it, and give the paths of those that were not so."""
    if present is not None and is_same_text(present, data):
        data = present
    wanted = files.record(data)
    if data != present:
        wanted[workspace.config.handoff] = data
    change_files(workspace.state, workspace.root, wanted)
    return tuple(wanted)


def diff_of(workspace: Workspace, before: bytes, after: bytes) -> str:
    """Give the unified diff between two versions of the document."""
    old, new = decode(before), decode(after)
    return unified_diff(patch_lines(old, new), workspace.config.handoff, creates=not before)
