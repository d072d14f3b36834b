"""Recognises what a repository has: its handoff document, its session logs, where entries stand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import Final

from handoff_md.app.setup.change import Change, new_file, read_document, read_source
from handoff_md.app.setup.texts import unrecognised_steps
from handoff_md.config import FILE_NAME, Config, find_config, read_config
from handoff_md.errors import ConfigError, HandoffError
from handoff_md.semantics.entries.section import (
    DEFAULT_HEADING,
    EntriesSection,
    find_entries_section,
)
from handoff_md.syntax.grammar import read_log_name
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.text.marked import outside_marked
from handoff_md.value import Value

_FOLDERS: Final = ("", ".agents", ".ai", ".claude", "agents", "docs", "doc", "notes")
_HANDOFF_NAMES: Final = frozenset({"handoff", "handover", "sessionhandoff", "sessionhandover"})
_OTHER_NAMES: Final = frozenset(
    {
        *("agentlog", "devlog", "progress", "progresslog", "sessionhistory", "sessionlog"),
        *("sessionnotes", "sessions", "sessionslog", "worklog"),
    }
)
_SUFFIXES: Final = frozenset({".md", ".markdown"})
_READ_ONLY: Final = re.compile(
    r"\b(?:this (?:file|document)|HANDOFF\.md)\b[^.\r\n]{0,40}\bread[- ]only\b", re.IGNORECASE
)
_FIRST_LINES: Final = 40
_FEWEST_DATED: Final = 2
_ANY_DATE: Final = re.compile(
    r"\d{4}[-./年]\s?\d{1,2}[-./月]\s?\d{1,2}|\b\d{1,2}[-./]\d{1,2}[-./]\d{4}\b"
    r"|\b\d{1,2}\.? [^\W\d]{3,} \d{4}\b|\b[^\W\d]{3,} \d{1,2}, \d{4}\b"
)
_LOG_FOLDERS: Final = ("sessions", "docs/sessions", ".claude/sessions", "agents/sessions")


class Settings(Value):
    """The configuration that the repository is set up for, and the file that is to say it.

    ``change`` is None where a configuration is there already: it is never rewritten.
    """

    config: Config
    change: Change | None
    notes: tuple[str, ...] = ()


def choose_settings(
    root: Path, directory: Path, *, handoff: str | None, entries_heading: str | None
) -> Settings:
    """Take the configuration that is there, or make one for what the repository has.

    Args:
        root: the repository's root.
        directory: where the command runs.
        handoff: the document that the user has named, relative to the root.
        entries_heading: the heading of the entries section that the user has named.

    Raises:
        ConfigError: the configuration can't be read, or says something else than the user.
        ContentError: the markers in the protocol are damaged.
        HandoffError: several documents may be the handoff document.
        FileError: a document can't be read.
    """
    found = find_config(directory, root)
    if found:
        config = read_config(found[1], str(found[0]))
        _refuse_other(found[0], config, handoff, entries_heading)
        return Settings(config, None, _notes_on_steps(root, config))
    if handoff and not (root / handoff).exists():
        _refuse_second(root, directory, handoff)
    named = {"handoff": handoff or "", "entries-heading": entries_heading or ""}
    config = read_config({key: value for key, value in named.items() if value}, "the options")
    config, notes = (config, ()) if handoff else _with_document(root, directory, config)
    config = config._replace(sessions=_log_folder(root, config))
    if not config.entries_heading:
        heading = _pinned_heading(root, config.handoff)
        config = config._replace(entries_heading=heading)
        notes = (*notes, *_notes_on_dates(root, config))
    if _says_read_only(root, config.handoff):
        config = config._replace(profile="read-only")
        said = "says that it is read-only, so it changes on the main branch alone (profile)"
        notes = (*notes, f"{config.handoff} {said}")
    patterns = tuple(map(_pattern, _unrecognised(root, config)))
    config = config._replace(end_fulfils=(*config.end_fulfils, *patterns))
    return Settings(config, new_file(root, FILE_NAME, _written(config)), notes)


def _unrecognised(root: Path, config: Config) -> tuple[str, ...]:
    """Give the steps of the project's protocol that `session end` fulfils without knowing it."""
    source = read_source(root, config.protocol)
    if source is None:
        return ()
    return unrecognised_steps(outside_marked(source, config.protocol), config)


def _notes_on_steps(root: Path, config: Config) -> tuple[str, ...]:
    return tuple(
        f"`session end` fulfils {step!r} of {config.protocol}, and does not know it: "
        f"add {_pattern(step)!r} to end-fulfils in the configuration"
        for step in _unrecognised(root, config)
    )


def _pattern(step: str) -> str:
    """Write a step's words as a pattern that matches them. Source: `fnmatch`."""
    plain = " ".join(step.replace("`", "").split())
    return "*" + re.sub(r"[\[*?]", lambda match: f"[{match.group()}]", plain) + "*"


def _refuse_other(
    file: Path, config: Config, handoff: str | None, entries_heading: str | None
) -> None:
    told = (
        ("handoff", config.handoff, handoff),
        ("entries-heading", config.entries_heading, entries_heading),
    )
    for key, is_now, wanted in told:
        if wanted and wanted != is_now:
            raise ConfigError(
                f"{file} says {key} = {is_now!r}, not {wanted!r}",
                "Change it there; `init` does not rewrite a configuration.",
            )


def _refuse_second(root: Path, directory: Path, wanted: str) -> None:
    """Refuse to make a new document beside one that is there: its name may be misspelt.

    Raises:
        HandoffError: there is one.
    """
    there = [path for path in (Config().handoff,) if (root / path).exists()]
    there += [
        path
        for path in sorted(_candidates(root))
        if path not in there and (_plain_name(path) in _HANDOFF_NAMES or _has_entries(root, path))
    ]
    if not there:
        return
    raise HandoffError(
        f"there is no {wanted}, but {', '.join(there)}",
        f"Name that one: `handoff-md init --handoff {_from(directory, root / there[0])}`. If a "
        "second one is meant, make an empty file there first.",
    )


def _from(directory: Path, path: Path) -> str:
    """Write a path for a shell in the folder where the user stands."""
    return quote(os.path.relpath(path, directory))


def _with_document(root: Path, directory: Path, config: Config) -> tuple[Config, tuple[str, ...]]:
    """Find the document that the project has; the default one where it has none."""
    if (root / config.handoff).exists():
        return config, ()
    found = sorted(_candidates(root))
    best = [path for path in found if _plain_name(path) in _HANDOFF_NAMES] or found
    if len(best) > 1:
        best = [path for path in best if _has_entries(root, path)] or best
    if len(best) > 1:
        raise HandoffError(
            f"several documents may be the handoff document: {', '.join(best)}",
            f"Name the one: `handoff-md init --handoff {_from(directory, root / best[0])}`, or "
            "another of them.",
        )
    if not best:
        return config, ()
    others = [path for path in found if path not in best]
    beside = f", not {', '.join(others)}" if others else ""
    note = f"{best[0]} is taken as the handoff document{beside}; --handoff PATH names another"
    return config._replace(handoff=best[0]), (note,)


def _candidates(root: Path) -> Iterator[str]:
    names = _HANDOFF_NAMES | _OTHER_NAMES
    for folder in _FOLDERS:
        for name in _files_in(root / folder):
            path = f"{folder}/{name}" if folder else name
            if Path(name).suffix.lower() in _SUFFIXES and _plain_name(path) in names:
                yield path


def _plain_name(path: str) -> str:
    return re.sub(r"[\W_]", "", Path(path).stem).casefold()


def _files_in(folder: Path) -> Sequence[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_file()]
    except OSError:
        return []


def _has_entries(root: Path, path: str) -> bool:
    document = read_document(root, path)
    return document is not None and bool(document.entries)


def _log_folder(root: Path, config: Config) -> str:
    """Give the one folder that holds session logs; the default where none or several do."""
    beside = f"{config.handoff.rpartition('/')[0]}/sessions".removeprefix("/")
    folders = dict.fromkeys((config.sessions, beside, *_LOG_FOLDERS))
    holding = [folder for folder in folders if any(map(read_log_name, _files_in(root / folder)))]
    return holding[0] if len(holding) == 1 else config.sessions


def _pinned_heading(root: Path, handoff: str) -> str:
    """Give the line of the heading that entries stand under, where the default is not found."""
    document = read_document(root, handoff)
    if document is None:
        return ""
    try:
        found = find_entries_section(document)
    except HandoffError:
        return "" if document.entries else DEFAULT_HEADING
    if found.heading is None:
        return ""
    for line in _heading_lines(document, found.heading):
        if _leads_to(document, line, found):
            return "" if line == DEFAULT_HEADING else line
    return ""


def _notes_on_dates(root: Path, config: Config) -> tuple[str, ...]:
    """Say that headings have dates in a form that is no entry's, where a section is to be added."""
    document = read_document(root, config.handoff, config.hints())
    if document is None or config.entries_heading != DEFAULT_HEADING:
        return ()
    headings = (node for node in walk(document) if isinstance(node, Heading) and node.level > 1)
    words = [document.source.slice(heading.text) for heading in headings]
    dated = [text for text in words if _ANY_DATE.search(text)]
    if len(dated) < _FEWEST_DATED:
        return ()
    note = f"{len(dated)} headings of {config.handoff} have dates, and none reads like an entry's"
    mend = "take the new section back, and name the heading above them with --entries-heading"
    return (f"{note} (as {dated[0]!r}): if these are your entries, {mend}",)


def _leads_to(document: Document, line: str, section: EntriesSection) -> bool:
    """Tell whether a heading, as it is configured, is found as one and leads to a section."""
    try:
        named = find_entries_section(document, into=line)
        return named == find_entries_section(document, configured=line) == section
    except HandoffError:
        return False


def _heading_lines(document: Document, words: str) -> Iterator[str]:
    for node in walk(document):
        if isinstance(node, Heading) and document.source.slice(node.text) == words:
            yield f"{'#' * node.level} {words}"


def _says_read_only(root: Path, handoff: str) -> bool:
    """Tell whether a document says so of itself, above its first section or right below that."""
    source = read_source(root, handoff)
    if source is None:
        return False
    return bool(_READ_ONLY.search(source.text, 0, source.line_offset(_FIRST_LINES)))


def is_new_settings(text: str, config: Config) -> bool:
    """Tell whether a configuration's file is as `choose_settings` writes it."""
    return text.replace("\r\n", "\n") == _written(config)


def _written(config: Config) -> str:
    lines = [
        "# What handoff-md works on; paths are relative to this folder. All keys:",
        "# https://github.com/handoff-md/handoff-md/blob/main/docs/configuration.md",
        f"handoff = {_quoted(config.handoff)}",
        f"summaries = {_quoted(config.summaries)}",
        f"sessions = {_quoted(config.sessions)}",
    ]
    if config.profile != Config().profile:
        lines.append(f"profile = {_quoted(config.profile)}")
    if config.entries_heading:
        lines.append(f"entries-heading = {_quoted(config.entries_heading)}")
    if config.end_fulfils != Config().end_fulfils:
        patterns = "".join(f"  {_quoted(pattern)},\n" for pattern in config.end_fulfils)
        lines.append(f"end-fulfils = [\n{patterns}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Write a TOML basic string. Source: toml.io 1.0, control characters are escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m.group()):04x}", escaped) + '"'
