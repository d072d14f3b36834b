"""Finds the documents in which a repository may keep its log already, by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path, PurePosixPath
from typing import Final

from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.git.index import list_files
from handoff_md.syntax.form.names import file_names_log
from handoff_md.syntax.grammar import read_log_name
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_READABLE: Final = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".txt", ""})
_OTHER_FORMATS: Final = frozenset({".rst", ".adoc", ".org"})

_WHOSE: Final = (
    "agents?|ai|llm|claude|codex|gemini|cursor|copilot|aider|cline|windsurf|dev|development|"
    "project|repo|sessions?|current|latest|last|my|our|team|work|working|daily|context|start|new"
)
_WHAT: Final = "notes?|log|docs?|document|file|brief|briefing|summary|status|state|prompt|context"
_HANDOFF: Final = lazy_pattern(
    rf"(?:{_WHOSE})*(?:hand(?:off|over)s?|nextsession)(?:{_WHAT}|{_WHOSE})*"
)
_LOG: Final = lazy_pattern(
    rf"(?:{_WHOSE})*(?:sessions?(?:logs?|notes|history|journal)|worklogs?|devlogs?|agentlogs?"
    r"|buildlog|activitylog|iterationlog|progress|progress(?:log|notes|report)|journal|diary"
    r"|logbook|tagebuch|arbeitslog|sitzungs(?:log|protokoll)|bitacora|fortschritt)"
)
_PAGE: Final = lazy_pattern(rf"(?:{_WHOSE})*(?:log|history|notes|status|state|updates|memory)")
_SAMPLE: Final = lazy_pattern(r"template|example|sample|skeleton|vorlage")
_OWN_PURPOSE: Final = frozenset(
    {"readme", "index", "agents", "claude", "gemini", "skill", "changelog", "contributing", "todo"}
)

_FOLDERS: Final = _words_of(
    """
    agents agent ai llm claude codex gemini cursor copilot aider cline kiro windsurf github docs
    doc documentation notes note handoff handoffs handover memory memorybank context dev
    development internal planning plan plans project log logs sessions progress ralph scripts
    journal work
    """
)
_PAGES: Final = frozenset({"docs", "doc", "documentation"})
_AMBIGUOUS: Final = frozenset({"progress", "journal", "diary"})
_BANKS: Final = frozenset({"memorybank", "memory"})
_FOREIGN: Final = _words_of(
    """
    node_modules bower_components vendor third_party dist build target fixtures testdata test tests
    examples example samples templates template archive archived site-packages venv
    """
)
_MOST_READ: Final = 200
_DEEPEST: Final = 3


class Rank(IntEnum):
    """What a document's name says, the surest first."""

    HANDOFF = 0
    """It is called a handoff."""
    LOG = 1
    """It is called a log of sessions, or of progress."""
    PAGE = 2
    """It may be a log, or a page about something else: its content has to tell."""
    ELSEWHERE = 3
    """It is called a handoff, and lies where no document of the whole repository is looked for."""


class NamedDocument(Value):
    """A file that may be the handoff document, by its name; ``on_disk`` is false where git has it.

    ``reason`` says why it can't be one; empty otherwise.
    """

    path: str
    rank: Rank
    on_disk: bool = True
    reason: str = ""


def find_named(workspace: Workspace) -> tuple[NamedDocument, ...]:
    """Find the files that are named like a handoff document: those of git, and in usual folders.

    Those that git tracks count also where they are missing from the work tree. The surest come
    first, then those that lie higher.

    Raises:
        GitError: git can't tell which files there are.
    """
    root, config = workspace.root, workspace.config
    paths = set(_list_usual(workspace))
    if workspace.repository:
        paths.update(list_files(workspace.repository))
    own = {config.protocol, config.guide, Config().protocol, Config().guide}
    folders = (f"{config.sessions}/", f"{config.summaries}/")
    found = [
        named
        for path in paths
        if path not in own and not path.startswith(folders) and (named := _judge_name(path))
    ]
    found.sort(key=lambda one: (one.rank, one.path.count("/"), one.path))
    return tuple(
        one if os.path.lexists(root / one.path) else NamedDocument(one.path, one.rank, False)  # noqa: FBT003
        for one in found[:_MOST_READ]
    )


def names_in(folder: Path) -> list[str]:
    """Give the names of a folder's files, sorted; none where it can't be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_file())
    except OSError:
        return []


def plain_name(path: str) -> str:
    """Give a file's name without its suffix, its case and its signs."""
    return _plain(PurePosixPath(path).stem)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _judge_name(path: str) -> NamedDocument | None:
    pure = PurePosixPath(path)
    suffix, name = pure.suffix.lower(), plain_name(path)
    folders = [part.casefold() for part in pure.parts[:-1]]
    if not _FOREIGN.isdisjoint(folders) or name in _OWN_PURPOSE or read_log_name(pure.name):
        return None
    usual = all(_plain(folder) in _FOLDERS for folder in folders)
    rank = _rank(path, _SAMPLE.sub("", re.sub(r"[0-9]", "", name)), folders)
    if rank is None or not _is_expected(suffix, rank, usual=usual):
        return None
    if suffix in _OTHER_FORMATS:
        return NamedDocument(path, rank, reason=f"it is no Markdown ({suffix})")
    if reason := _reason_in(name):
        return NamedDocument(path, Rank.PAGE, reason=reason)
    return NamedDocument(path, rank if usual else Rank.ELSEWHERE)


def _is_expected(suffix: str, rank: Rank, *, usual: bool) -> bool:
    """Tell whether a document of this rank may lie there, and have this suffix."""
    if rank is Rank.HANDOFF:
        return suffix in _READABLE or suffix in _OTHER_FORMATS
    plain = suffix == "" or (suffix == ".txt" and rank is Rank.PAGE)
    return usual and suffix in _READABLE and not plain


def _reason_in(name: str) -> str:
    """Say why a file can't be the document, as its name tells; empty where that tells nothing."""
    if _SAMPLE.search(name):
        return "its name says that it is a template"
    if any(map(str.isdigit, name)):
        return "it is one of several, by its number or date"
    return ""


def _rank(path: str, name: str, folders: list[str]) -> Rank | None:
    if _HANDOFF.fullmatch(name):
        return Rank.HANDOFF
    if _LOG.fullmatch(name):
        is_page = name in _AMBIGUOUS and not _PAGES.isdisjoint(folders)
        return Rank.PAGE if is_page else Rank.LOG
    plain = [_plain(folder) for folder in folders]
    in_bank = not _BANKS.isdisjoint(plain)
    for_agents = len(plain) > 1 and plain[0] in _PAGES and plain[-1] == "agents"
    if in_bank or for_agents or _PAGE.fullmatch(name) or file_names_log(path):
        return Rank.PAGE
    return None


def _list_usual(workspace: Workspace) -> Iterator[str]:
    """Give the files in usual folders on disk, whether git ignores them or not."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(workspace.root / folder) as entries:
                listed = [(entry.name, entry.is_dir(), entry.is_file()) for entry in entries]
        except OSError:
            continue
        for name, is_folder, is_file in listed:
            path = f"{folder}/{name}" if folder else name
            if is_file:
                yield path
            elif is_folder and path.count("/") < _DEEPEST and _plain(name) in _FOLDERS:
                waiting.append(path)
