"""Builds the document of its pieces, and never overwrites words that are in none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.derived.folder import Files, own_folder, read_files, record_build
from handoff_md.app.merge.report import Watch
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.derived.building import Built, build
from handoff_md.derived.pieces import BUILT, MOST_BYTES, Pieces
from handoff_md.errors import ContentError
from handoff_md.git.commit import commit_paths
from handoff_md.git.index import read_sides, stage
from handoff_md.git.status import find_operation, refuse_operation
from handoff_md.merge.request import MergeOptions
from handoff_md.merge.summaries import refuse_unreadable
from handoff_md.reading import read_if_there
from handoff_md.store.changes import change_files, finish_changes
from handoff_md.store.files import file_error, read_bytes, sweep_orphans
from handoff_md.store.lock import hold_lock
from handoff_md.syntax.parse import parse
from handoff_md.text.alignment import patch_lines
from handoff_md.text.diff import unified_diff
from handoff_md.text.source import decode
from handoff_md.value import Value

_LIMIT_OF = "the document"
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
    """It holds words that are in none of the pieces, or lacks some."""
    REFUSED = "refused"
    """The pieces, or a session's file, can't be taken in."""


class BuildRequest(Value):
    """What to build. ``check`` and ``preview`` write nothing; ``overwrite`` discards edits.

    ``commit`` commits the document and the record of it, and nothing else.
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
    it was refused.
    """

    status: BuildStatus
    path: str
    sessions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    diff: str = ""
    changed: tuple[str, ...] = ()
    commit: str | None = None
    problems: tuple[str, ...] = ()

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
            notes=self.notes,
            problems=self.problems,
        )


def report_refused(request: BuildRequest, error: ContentError) -> BuildReport:
    """Report pieces that can't be built, for programs."""
    path = open_workspace(request.directory).config.handoff
    return BuildReport(BuildStatus.REFUSED, path, problems=(error.message, error.hint))


def build_document(request: BuildRequest, watch: Watch) -> BuildReport:
    """Build the document, or check it.

    A document that is neither what the pieces give nor the last build is left alone, unless
    ``overwrite`` says that its words may go.

    Raises:
        ContentError: a piece or a session's file can't be taken in.
        HandoffError: the folder, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    if request.check or request.preview:
        return _judge(workspace, request, ())
    with locked(workspace, watch) as notes:
        report = _judge(workspace, request, notes)
        if not request.commit or report.exit_code:
            return report
        return replace(report, commit=_commit(workspace))


def _commit(workspace: Workspace) -> str | None:
    """Commit the document and the record of it as they are; None where they are committed.

    Raises:
        GitError: git or a hook refuses.
    """
    repository = workspace.repository
    if repository is None:
        return None
    refuse_operation(repository, find_operation(repository))
    return commit_paths(
        repository,
        message=f"docs(handoff): build {workspace.handoff.name}\n",
        changed=[workspace.git_path, f"{workspace.config.committed}/{BUILT}"],
        lock_seconds=workspace.index_seconds,
    )


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
    return files.is_split and all(map(files.is_last_build, versions))


def build_of_both(workspace: Workspace) -> bool:
    """Build the document of what both sides of a merge have, and stage it, where both are builds.

    Raises:
        ContentError: a piece or a session's file can't be taken in.
        FileError: a file can't be read or written.
        GitError: git can't tell what the sides are.
    """
    repository = workspace.repository
    sides = read_sides(repository, workspace.git_path) if repository else ()
    if not sides or not is_built(workspace, [one for one in sides if one is not None]):
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
        built = build_pieces(workspace, read_files(workspace).to_pieces())
        data = built.source.to_bytes()
        record = f"{workspace.config.committed}/{BUILT}"
        wanted = {workspace.config.handoff: data, record: record_build(data)}
        change_files(workspace.state, workspace.root, wanted)
    return tuple(wanted)


@contextmanager
def locked(workspace: Workspace, watch: Watch) -> Iterator[tuple[str, ...]]:
    """Hold the lock, and first finish what a killed command has begun; gives notes of that.

    Raises:
        FileError: the lock was not free in time, or what was begun can't be finished.
    """
    timeout = workspace.config.lock_timeout
    with hold_lock(workspace.state, timeout=timeout, on_wait=watch.on_lock):
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


def options_of(workspace: Workspace) -> MergeOptions:
    """Give how sessions are told in the document."""
    config = workspace.config
    return MergeOptions(handoff=config.handoff, update_last_updated=config.update_last_updated)


def read_document(workspace: Workspace) -> bytes | None:
    """Read the document; None where there is none.

    Raises:
        FileError: it can't be read, or has more than 10 MB.
    """
    try:
        if read_if_there(workspace.handoff) is None:
            return None
    except OSError as error:
        raise file_error("read", workspace.handoff, error) from error
    return read_bytes(workspace.handoff, root=workspace.root, limit=MOST_BYTES, limit_of=_LIMIT_OF)


def is_same_text(one: bytes, other: bytes) -> bool:
    """Tell whether two documents differ in nothing but what checkouts do to line endings."""
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def _judge(workspace: Workspace, request: BuildRequest, notes: tuple[str, ...]) -> BuildReport:
    """Say what the document is to what the pieces give, and write that where it may be."""
    files = read_files(workspace)
    built = build_pieces(workspace, files.to_pieces())
    data, present = built.source.to_bytes(), read_document(workspace)
    status = _status(workspace, request, files, present, data)
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
    )


def _status(
    workspace: Workspace,
    request: BuildRequest,
    files: Files,
    present: bytes | None,
    data: bytes,
) -> BuildStatus:
    if present is not None and is_same_text(present, data):
        return BuildStatus.UP_TO_DATE
    if request.check and present is None:
        return BuildStatus.STALE
    if present is not None and not files.is_last_build(present):
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
    record = f"{workspace.config.committed}/{BUILT}"
    wanted = {} if files.is_last_build(data) else {record: record_build(data)}
    if data != present:
        wanted[workspace.config.handoff] = data
    change_files(workspace.state, workspace.root, wanted)
    return tuple(wanted)


def diff_of(workspace: Workspace, before: bytes, after: bytes) -> str:
    """Give the unified diff between two versions of the document."""
    old, new = decode(before), decode(after)
    return unified_diff(patch_lines(old, new), workspace.config.handoff, creates=not before)
