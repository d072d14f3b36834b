"""Writes the configuration for what a repository has: its handoff document, its session logs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from handoff_md.app.setup.change import Change, Understanding, new_file, read_source
from handoff_md.app.setup.choice import (
    Choice,
    choose_document,
    refuse_second,
    refuse_unfit,
    tell_beside,
)
from handoff_md.app.setup.discovery import names_in
from handoff_md.app.setup.texts import unrecognised_steps
from handoff_md.app.setup.understanding import understand_document
from handoff_md.app.workspace import Workspace
from handoff_md.config import FILE_NAME, Config, find_config, read_config
from handoff_md.errors import ConfigError
from handoff_md.git.absent import explain_absence
from handoff_md.git.repository import has_remote
from handoff_md.syntax.grammar import read_log_name
from handoff_md.text.marked import outside_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_READ_SO: Final = "# Read from the document, each time anew; without its # a line holds:"
_PROPOSED: Final = (
    "# Without its # this line lets sessions of several clones know of each other, over the remote:"
)
_PROPOSAL: Final = 'coordination = "auto"'
_ASIDE: Final = lazy_pattern(
    rf"^(?:{re.escape(_READ_SO)}|# (?:entries-heading|entries-order|entry-heading) = .*"
    rf"|{re.escape(_PROPOSED)}|# {re.escape(_PROPOSAL)})\n",
    re.MULTILINE,
)
_PROPOSES: Final = (
    f"if agents work in several clones, take the # from `{_PROPOSAL}` in {FILE_NAME}: their "
    "sessions then know of each other, over the remote"
)
_LOG_FOLDERS: Final = ("sessions", "docs/sessions", ".claude/sessions", "agents/sessions")


class Settings(Value):
    """The configuration that the repository is set up for, and the file that is to say it.

    ``change`` is None where a configuration is there already: it is never rewritten.
    ``understood`` is what was read in a document that is there; None where the configuration is.
    """

    config: Config
    change: Change | None
    notes: tuple[str, ...] = ()
    understood: Understanding | None = None


def choose_settings(
    place: Workspace, directory: Path, *, handoff: str | None, entries_heading: str | None
) -> Settings:
    """Take the configuration that is there, or make one for what the repository has.

    Args:
        place: the repository.
        directory: where the command runs.
        handoff: the document that the user has named, relative to the root.
        entries_heading: the heading of the entries section that the user has named.

    Raises:
        ConfigError: the configuration can't be read, or says something else than the user.
        ContentError: the markers in the protocol are damaged.
        HandoffError: several documents may be the handoff document, or it can't be one.
        FileError: a document can't be read.
    """
    root = place.root
    found = find_config(directory, root)
    if found:
        config = read_config(found[1], str(found[0]))
        _refuse_other(found[0], config, handoff, entries_heading)
        beside = () if os.path.lexists(root / config.handoff) else tell_beside(place)
        return Settings(config, None, (*beside, *_notes_on_steps(root, config)))
    if handoff:
        _refuse_named(place, directory, handoff)
    named = {"handoff": handoff or "", "entries-heading": entries_heading or ""}
    config = read_config({key: value for key, value in named.items() if value}, "the options")
    chosen = Choice(config.handoff) if handoff else choose_document(place, directory)
    config, notes = config._replace(handoff=chosen.path), chosen.notes
    config = config._replace(sessions=_log_folder(root, config))
    understood = understand_document(root, config, directory)
    if understood and understood.says_read_only:
        config = config._replace(profile="read-only")
        said = "says that it is read-only, so it changes on the main branch alone (profile)"
        notes = (*notes, f"{config.handoff} {said}")
    patterns = tuple(map(_pattern, _unrecognised(root, config)))
    config = config._replace(end_fulfils=(*config.end_fulfils, *patterns))
    proposes = place.repository is not None and has_remote(root)
    if proposes:
        notes = (*notes, _PROPOSES)
    file = new_file(root, FILE_NAME, _written(config, understood, proposes=proposes))
    return Settings(config, file, notes, understood)


def _refuse_named(place: Workspace, directory: Path, handoff: str) -> None:
    """Refuse a document that the user has named and that can't be it.

    Raises:
        HandoffError: it is none to write to, or a second one, or git alone has it.
    """
    if os.path.lexists(place.root / handoff):
        refuse_unfit(place, directory, handoff)
        return
    absent = explain_absence(place.repository, handoff) if place.repository else None
    if absent:
        raise absent
    refuse_second(place, directory, handoff)


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


def _log_folder(root: Path, config: Config) -> str:
    """Give the one folder that holds session logs; the default where none or several do."""
    beside = f"{config.handoff.rpartition('/')[0]}/sessions".removeprefix("/")
    folders = dict.fromkeys((config.sessions, beside, *_LOG_FOLDERS))
    holding = [folder for folder in folders if any(map(read_log_name, names_in(root / folder)))]
    return holding[0] if len(holding) == 1 else config.sessions


def is_new_settings(text: str, config: Config) -> bool:
    """Tell whether a configuration's file is as `choose_settings` writes it, its comments aside."""
    return _ASIDE.sub("", text.replace("\r\n", "\n")) == _written(config, None)


def _written(config: Config, understood: Understanding | None, *, proposes: bool = False) -> str:
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
    if understood:
        told = [(key, value) for key, value in understood.keys if key not in _keys_in(lines)]
        lines += [_READ_SO] if told else []
        lines += [f"# {key} = {_quoted(value)}" for key, value in told]
    if proposes:
        lines += [_PROPOSED, f"# {_PROPOSAL}"]
    return "\n".join(lines) + "\n"


def _keys_in(lines: Sequence[str]) -> frozenset[str]:
    return frozenset(line.partition(" = ")[0] for line in lines)


def _quoted(text: str) -> str:
    """Write a TOML basic string. Source: toml.io 1.0, control characters are escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m.group()):04x}", escaped) + '"'
