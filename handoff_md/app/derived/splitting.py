"""Splits the document into its folder, and takes edits of what was built back into it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.derived.building import (
    build_pieces,
    is_same_text,
    locked,
    read_document,
)
from handoff_md.app.derived.folder import Files, options_of, plan_files, read_files
from handoff_md.app.derived.losses import find_losses, keep_sessions
from handoff_md.app.documents import explain_missing
from handoff_md.app.merge.report import Watch
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.config import FILE_NAME
from handoff_md.derived.again import split_again
from handoff_md.derived.pieces import ATTRIBUTES, BUILT, Pieces
from handoff_md.derived.splitting import split
from handoff_md.errors import ContentError, HandoffError
from handoff_md.git.history import list_versions
from handoff_md.git.objects import find_head, open_objects
from handoff_md.merge.summaries import refuse_unreadable
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.store.changes import change_files
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.threeway.document import merge_three_way
from handoff_md.value import Value

_MOST_NAMED = 3


class SplitStatus(StrEnum):
    """How it ended."""

    SPLIT = "split"
    UPDATED = "updated"
    UP_TO_DATE = "up-to-date"
    CONFLICTS = "conflicts"
    """Edits and pieces meet: nothing was written."""
    REFUSED = "refused"


class SplitRequest(Value):
    """What to split: by which section, or whether edits of a document that was built are taken."""

    directory: Path
    into: str | None = None
    update: bool = False


class SplitAnswer(Answer):
    """What `split --json` prints.

    Attributes:
        status: what became of the document.
        handoff: its path from the repository's root.
        folder: the folder of its pieces, from there as well.
        changed: the files of the folder that were written, by name.
        removed: those that are gone.
        notes: what is worth knowing.
        problems: where edits and pieces meet, or why nothing can be split.
    """

    status: SplitStatus
    handoff: str
    folder: str
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """Give 1 where somebody has to decide."""
        return int(self.status in (SplitStatus.CONFLICTS, SplitStatus.REFUSED))

    def to_json(self) -> SplitAnswer:
        """Give itself: what is reported is what is printed."""
        return self


def report_refused(request: SplitRequest, error: ContentError) -> SplitAnswer:
    """Report a document that can't be split, for programs."""
    refused = _report(open_workspace(request.directory), SplitStatus.REFUSED, ())
    return replace(refused, problems=(error.message, error.hint))


def split_document(request: SplitRequest, watch: Watch) -> SplitAnswer:
    """Split the document, or take the edits of one that was built back into its pieces.

    Nothing is written before it is proved that what was split is built again byte for byte.

    Raises:
        ContentError: the document can't be split, or was split before.
        HandoffError: the folder, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    with locked(workspace, watch) as notes:
        files = read_files(workspace)
        data = read_document(workspace)
        if data is None:
            raise explain_missing(workspace, "Run `handoff-md init`, which makes one.")
        if request.update:
            return _update(workspace, files, data, notes)
        if files.is_split:
            return _split_before(workspace, files, data, notes)
        return _split(workspace, request, files, data, notes)


def _split(
    workspace: Workspace,
    request: SplitRequest,
    files: Files,
    data: bytes,
    notes: tuple[str, ...],
) -> SplitAnswer:
    document = _parse(workspace, data)
    configured = workspace.config.entries_heading or None
    pieces = split(document, configured=configured, into=request.into)
    whole = Pieces(
        pieces.head, pieces.tail, pieces.order, pieces.files, pieces.form, files.sessions
    )
    _prove(workspace, pieces, data)
    build_pieces(workspace, whole)
    if not workspace.is_derived:
        where = workspace.config_file.name if workspace.config_file else FILE_NAME
        notes = (*notes, f'it is built as soon as {where} says so: profile = "derived"')
    return _write(workspace, files, whole, data, SplitStatus.SPLIT, notes)


def _split_before(
    workspace: Workspace, files: Files, data: bytes, notes: tuple[str, ...]
) -> SplitAnswer:
    """Say that nothing is to be done; a document that was edited since is an error.

    Raises:
        ContentError: it was edited, or its pieces are damaged.
    """
    pieces = files.to_pieces()
    if files.is_last_build(data) or is_same_text(
        data, build_pieces(workspace, pieces).source.to_bytes()
    ):
        return _report(workspace, SplitStatus.UP_TO_DATE, notes)
    raise ContentError(
        f"{workspace.config.handoff} was split before, and edited since it was built",
        "`handoff-md split --update` takes the edits in.",
    )


def _update(workspace: Workspace, files: Files, data: bytes, notes: tuple[str, ...]) -> SplitAnswer:
    """Merge the edits with what has come to the pieces since, and split the result.

    Raises:
        ContentError: what was built last is not to be found, or the edits can't be merged.
    """
    pieces = files.to_pieces()
    built = build_pieces(workspace, pieces)
    new = built.source.to_bytes()
    if is_same_text(data, new):
        return _report(workspace, SplitStatus.UP_TO_DATE, notes)
    document = _parse(workspace, data)
    base = data if files.is_last_build(data) else _find_base(workspace, files, new)
    losses = find_losses(workspace, files, base, new)
    if losses is None and base is data:
        return _report(workspace, SplitStatus.UP_TO_DATE, notes)
    if losses:  # to what the pieces gave the words that were in none are an edit
        kept = keep_sessions(pieces, index_sessions(document).by_id.keys())
        base = losses.base or build_pieces(workspace, kept).source.to_bytes()
    hints = workspace.config.hints()
    merged = merge_three_way(base, data, new, policy=workspace.config.merge_policy, hints=hints)
    if merged.conflicts:
        places = [" › ".join(one.path) or "the document" for one in merged.conflicts]
        report = _report(workspace, SplitStatus.CONFLICTS, notes)
        return replace(report, problems=tuple(dict.fromkeys(places)))
    document = _parse(workspace, merged.content)
    again = split_again(
        document,
        pieces,
        built,
        options=options_of(workspace),
        configured=workspace.config.entries_heading or None,
    )
    _prove(workspace, again, merged.content)
    notes = (*notes, *merged.notes)
    return _write(workspace, files, again, merged.content, SplitStatus.UPDATED, notes)


def _parse(workspace: Workspace, data: bytes) -> Document:
    document = parse(data, hints=workspace.config.hints())
    refuse_unreadable(document)
    return document


def _find_base(workspace: Workspace, files: Files, new: bytes) -> bytes:
    """Find what was built last, which the edits were made in: what the pieces give, or git has it.

    Raises:
        ContentError: it is not to be found.
    """
    if files.is_last_build(new):
        return new
    for version in _versions(workspace):
        if files.is_last_build(version):
            return version
    raise ContentError(
        f"{workspace.config.handoff} was edited, and what it was built as is not to be found",
        "A shallow clone may lack it: `git fetch --unshallow`. `handoff-md build --diff` shows "
        "what would go, and `handoff-md build --overwrite` discards it.",
    )


def _versions(workspace: Workspace) -> Iterator[bytes]:
    """Give the versions of the document that HEAD's history has, in no order."""
    repository = workspace.repository
    if repository is None or find_head(repository) is None:
        return
    path = workspace.git_path
    with open_objects(repository, path) as reader:
        for blob in sorted(list_versions(repository.root, path)):
            data = reader.read_blob(blob)
            if data is not None:
                yield data


def _prove(workspace: Workspace, pieces: Pieces, data: bytes) -> None:
    """Make sure that pieces give a document, byte for byte.

    Raises:
        HandoffError: they don't: that is a mistake of ours, and nothing was written.
    """
    if build_pieces(workspace, pieces).source.to_bytes() != data:
        raise HandoffError(
            f"{workspace.config.handoff} would not be built again as it is: nothing was split",
            "Please report this document: it is a mistake of handoff-md.",
        )


def _write(
    workspace: Workspace,
    files: Files,
    pieces: Pieces,
    data: bytes,
    status: SplitStatus,
    notes: tuple[str, ...],
) -> SplitAnswer:
    plan = plan_files(files, pieces, data)
    changed = [
        name for name, new in plan.items() if new is not None and files.data.get(name) != new
    ]
    removed = [name for name, new in plan.items() if new is None]
    wanted: dict[str, bytes | None] = {
        f"{workspace.config.committed}/{name}": plan[name] for name in (*changed, *removed)
    }
    if status is SplitStatus.UPDATED:
        wanted[workspace.config.handoff] = data
    change_files(workspace.state, workspace.root, wanted)
    told = tuple(sorted(name for name in changed if name not in (BUILT, ATTRIBUTES)))
    report = _report(workspace, status, notes)
    return replace(report, changed=told, removed=tuple(sorted(removed)))


def _report(workspace: Workspace, status: SplitStatus, notes: tuple[str, ...]) -> SplitAnswer:
    config = workspace.config
    return SplitAnswer(status, config.handoff, config.committed, (), (), notes, problems=())
