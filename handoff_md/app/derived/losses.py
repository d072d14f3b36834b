"""Finds the words that a build would take out of the document though no file ever had them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from handoff_md.app.derived.folder import Files, is_aside, options_of
from handoff_md.app.workspace import Workspace
from handoff_md.derived.building import build
from handoff_md.derived.pieces import BUILT, HEAD, Pieces
from handoff_md.errors import HandoffError
from handoff_md.git.history import find_last_change, list_commits_around
from handoff_md.git.objects import ObjectReader, find_id, list_tree, open_objects, read_blob
from handoff_md.git.repository import Repository
from handoff_md.git.revisions import is_shallow
from handoff_md.semantics.document.header import last_updated
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.semantics.entries.items import ItemKind, read_items
from handoff_md.semantics.summaries.committed import read_committed_name
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.source import decode, encode
from handoff_md.value import Value

_WORD = re.compile(r"\w+")
_MOST_COMMITS = 50


class Losses(Value):
    """Words that a build would take out: ``why`` says of which sessions, and what may help.

    ``base`` is what the pieces give that were committed with the version, without sessions that it
    does not tell of: to it the lost words are an edit. None where none were.
    """

    why: str
    base: bytes | None = None


def find_losses(
    workspace: Workspace,
    files: Files,
    version: bytes,
    built: bytes,
    *,
    revision: str = "HEAD",
    is_exact: bool = False,
) -> Losses | None:
    """Find what a version of the document has, and neither the folder nor a commit of it gives.

    Words may go whose piece was edited or deleted in a commit since that build was committed. As
    long as it is not committed, words may go whose file was edited, but not those whose file is
    gone. What is computed (the day in the header, the heading of a parallel section) is nobody's
    words.

    Args:
        workspace: where the command works.
        files: the folder as it is.
        version: the document.
        built: what the folder gives.
        revision: the commit that the version is of, or grew out of.
        is_exact: no file may have been edited either, committed or not.

    Raises:
        GitError: git can't tell.
    """
    gone = _lines_of(version) - _lines_of(built)
    gone = gone and gone - _raw_lines(files)
    if not gone:
        return None
    hints, repository = workspace.config.hints(), workspace.repository
    document = parse(version, hints=hints)
    gone -= _computed(document)
    told = index_sessions(parse(built, hints=hints)).by_id
    lost = tuple(sorted(index_sessions(document).by_id.keys() - told.keys(), key=str))
    own = _own_lines(document, frozenset(lost))
    base: bytes | None = None
    tip = find_id(repository, f"{revision}^{{commit}}") if repository and gone else None
    if repository and tip:
        past = _Past(workspace, repository, files)
        with open_objects(repository, f"{files.place}/{HEAD}") as objects:
            there = past.read(objects, tip)
            is_committed = is_exact or there.is_last_build(version)
            gone = gone if is_committed else gone & own
            if not there.is_split:
                gone -= _lines_of(read_blob(repository, tip, workspace.git_path) or b"")
            for commit in (*(() if is_committed else (tip,)), *past.list_commits(tip)):
                if not gone:
                    break
                given, data = past.give(objects, commit, document)
                base = data if base is None else base
                gone -= given
    elif not is_exact:
        gone &= own
    return Losses(_say_why(workspace, files, lost), base) if gone else None


def _say_why(workspace: Workspace, files: Files, lost: Sequence[SessionId]) -> str:
    repository, whose = workspace.repository, ", ".join(map(str, lost))
    told = f"{workspace.config.handoff} has words that no file of {files.place} has"
    told += ", and no commit had" if repository else ""
    told += f" (of session {whose})" if lost else ""
    told += ": if another clone has the file, add it to git there" if repository else ""
    if repository and is_shallow(repository):
        told += "; this clone is shallow: `git fetch --unshallow` may show the commit"
    return told


class _Past(Value):
    """What was committed of the folder."""

    workspace: Workspace
    repository: Repository
    files: Files

    def list_commits(self, tip: str) -> Iterator[str]:
        """Give the last commit of a record, its parents, and those of the folder since."""
        place = self.files.place
        last = find_last_change(self.repository, tip, f"{place}/{BUILT}")
        if last:
            yield last.commit
            yield from list_commits_around(
                self.repository, last.commit, tip, place, most=_MOST_COMMITS
            )

    def read(self, objects: ObjectReader, commit: str) -> Files:
        """Read the folder as a commit has it."""
        place = self.files.place
        data: dict[str, bytes] = {}
        for path, blob in list_tree(self.repository, commit, [place]).items():
            name = path.removeprefix(f"{place}/")
            content = None if "/" in name or is_aside(name) else objects.read_blob(blob)
            if content is not None:
                data[name] = content
        return Files(self.files.folder, place, data)

    def give(
        self, objects: ObjectReader, commit: str, document: Document
    ) -> tuple[frozenset[str], bytes | None]:
        """Give the lines that the folder of a commit gives or holds; and what it gives.

        Left out of the latter are the sessions of which a document does not tell.
        """
        files, workspace = self.read(objects, commit), self.workspace
        told = index_sessions(document).by_id
        raw = _raw_lines(files)
        try:
            pieces = keep_sessions(files.to_pieces(), told.keys())
            options, hints = options_of(workspace), workspace.config.hints()
            data = build(pieces, options=options, hints=hints).source.to_bytes()
        except HandoffError:
            return raw, None
        return raw | _lines_of(data), data


def keep_sessions(pieces: Pieces, told: AbstractSet[SessionId]) -> Pieces:
    """Leave the files of some sessions alone in pieces."""
    kept = {
        name: data
        for name, data in pieces.sessions.items()
        if (found := read_committed_name(name)) and found.session_id in told
    }
    return replace(pieces, sessions=kept)


def _lines_of(data: bytes) -> frozenset[str]:
    """Give the words of each line, in one case, whatever stands between them."""
    lines = (" ".join(_WORD.findall(line)) for line in decode(data).text.splitlines())
    return frozenset(line.casefold() for line in lines if line)


def _raw_lines(files: Files) -> frozenset[str]:
    return frozenset().union(*map(_lines_of, files.data.values()))


def _computed(document: Document) -> frozenset[str]:
    """Give the lines that a build works out: the day, and the headings of parallel sections."""
    source, stamp = document.source, last_updated(document)
    starts = [
        entry.heading.span.start for entry in document.entries if entry.kind is EntryKind.PARALLEL
    ]
    starts += [stamp.place.start] if stamp else []
    return _join(source.line_text(source.line_of(start)) for start in starts)


def _own_lines(document: Document, sessions: frozenset[SessionId]) -> frozenset[str]:
    """Give the lines of what tells of some sessions and of no others, without its headings."""
    items = read_items(document.source, document.children)
    return _join(
        item.body
        for item in items
        if item.kind is not ItemKind.ROW
        if item.session_ids and sessions.issuperset(item.session_ids)
    )


def _join(texts: Iterable[str]) -> frozenset[str]:
    return _lines_of(encode("\n".join(texts)))
