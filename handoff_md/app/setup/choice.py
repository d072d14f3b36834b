"""Chooses the document that a repository has its log in; where that is in doubt, the user does."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from shlex import quote

from handoff_md.app.documents import find_others
from handoff_md.app.setup.discovery import (
    NamedDocument,
    Rank,
    SeenDocument,
    find_named,
    look_at,
    names_in,
)
from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.errors import ConfigError, HandoffError
from handoff_md.git.absent import explain_absence
from handoff_md.syntax.form.form import Certainty
from handoff_md.value import Value

_MOST_NAMED = 4
_CLOSE = 0.75


class Choice(Value):
    """The document to set up, and notes on what was seen beside it."""

    path: str
    notes: tuple[str, ...] = ()


def choose_document(place: Workspace, directory: Path) -> Choice:
    """Find the document that the project has; the default one where it has none.

    Args:
        place: where to look; its configuration's document is the default.
        directory: where the user stands.

    Raises:
        HandoffError: several may be meant, or the only one can't be taken.
        GitError: git has the document, and the work tree does not.
    """
    seen = _look_around(place)
    pool = _contenders(seen, place.config.handoff)
    if len(pool) > 1:
        raise HandoffError(
            f"several documents may be the handoff document: {_name_all(pool)}",
            f"Name the one: {_commands(place, directory, pool)}.",
        )
    if not pool:
        _refuse_unfit(place, directory, seen)
        beside = [one for one in seen if one.rank is not Rank.ELSEWHERE or one.is_log]
        return Choice(place.config.handoff, _tell_passed(beside))
    chosen = pool[0]
    if chosen.reason:
        raise _unfit(place, directory, chosen)
    if not chosen.on_disk and place.repository:
        absent = explain_absence(place.repository, chosen.path)
        if absent:
            raise absent
    return Choice(chosen.path, _tell_taken(place, chosen, seen))


def refuse_unfit(place: Workspace, directory: Path, path: str) -> None:
    """Refuse a document that the user has named and that nobody should write to.

    Raises:
        HandoffError: it is a template, generated, read-only, or a checklist.
    """
    seen = look_at(place, NamedDocument(path, Rank.HANDOFF))
    if seen.reason:
        raise _unfit(place, directory, seen)


def refuse_second(place: Workspace, directory: Path, wanted: str) -> None:
    """Refuse to make a new document beside one that is there: its name may be misspelt.

    Args:
        place: the repository.
        directory: where the user stands.
        wanted: the document that the user has named, relative to the root.

    Raises:
        HandoffError: there is one.
    """
    seen = _look_around(place)
    there = [
        one.path
        for one in seen
        if one.path == place.config.handoff or (one.rank is Rank.HANDOFF or one.is_log)
    ]
    near = _find_near(place, wanted, [one.path for one in seen])
    there = list(dict.fromkeys([*near, *there]))
    if not there:
        return
    told = {one.path: one.told for one in seen}
    names = [f"{path} ({told[path]})" if path in told else path for path in there[:_MOST_NAMED]]
    meant = f"Did you mean {near[0]}? " if near else ""
    raise HandoffError(
        f"there is no {wanted}, but {', '.join(names)}",
        f"{meant}`{_init(place, directory, there[0])}` takes that one. If a second one is meant: "
        f"`{_make(place, wanted)} && {_init(place, directory, wanted)}`.",
    )


def tell_beside(place: Workspace) -> tuple[str, ...]:
    """Say which documents are there beside a configured one that is missing, and will be made.

    Raises:
        ConfigError: its name seems to be misspelt.
    """
    wanted = place.config.handoff
    seen = _look_around(place)
    if near := _find_near(place, wanted, ()):
        raise ConfigError(
            f"the configuration names {wanted}, which is not there, but {near[0]} is",
            f"Did you mean {near[0]}? Change `handoff` in {place.config_file}. If a new one is "
            f"meant: `{_make(place, wanted)} && handoff-md init`.",
        )
    beside = [one for one in seen if one.is_log and one.rank <= Rank.LOG]
    if not beside:
        return ()
    return (f"{wanted} is configured, and is made beside {_name_all(beside)}",)


def _look_around(place: Workspace) -> tuple[SeenDocument, ...]:
    """Read all documents with usual names but those of other configurations; each file once."""
    others = {other.path for other in find_others(place)}
    found = {
        os.path.realpath(place.root / named.path): named
        for named in reversed(find_named(place))
        if named.path not in others
    }
    seen = [look_at(place, named) for named in found.values()]
    return tuple(sorted(seen, key=lambda one: (one.rank, one.path.count("/"), one.path)))


def _contenders(seen: Sequence[SeenDocument], default: str) -> list[SeenDocument]:
    """Give the documents that may be the one; the default one is, unless the log stands elsewhere.

    A log comes before what is only called a handoff, unless that is all that it is called.
    """
    fit = [one for one in seen if not one.reason]
    named = [one for one in fit if one.rank <= Rank.LOG]
    logs = [one for one in named if one.is_log] or [one for one in fit if _is_sure_page(one)]
    briefs = [one for one in named if one.rank is Rank.HANDOFF and not one.is_log]
    own = [one for one in seen if one.path == default]
    if own and (own[0].is_log or own[0].reason or not any(one.is_log for one in named)):
        return own
    if any(one.rank is Rank.HANDOFF for one in logs):
        briefs = own
    pool = [*briefs, *logs] or named
    return [one for one in pool if not one.says_read_only] or pool


def _is_sure_page(one: SeenDocument) -> bool:
    document = one.document
    return (
        one.rank is Rank.PAGE
        and one.entries > 0
        and document is not None
        and document.form.certainty is Certainty.SURE
    )


def _refuse_unfit(place: Workspace, directory: Path, seen: Sequence[SeenDocument]) -> None:
    """Make no document beside a log, or what is called a handoff, that can't be taken.

    Raises:
        HandoffError: there is one.
    """
    for one in seen:
        is_one = one.rank is Rank.HANDOFF or (one.rank is Rank.LOG and one.is_log)
        if one.reason and is_one:
            raise _unfit(place, directory, one)


def _unfit(place: Workspace, directory: Path, one: SeenDocument) -> HandoffError:
    file = place.root / one.path
    if one.document is None:
        way = "Name another one with --handoff PATH"
    elif "read-only" in one.reason:
        way = f"`chmod u+w -- {quote(str(file))}` lets you write to it"
    else:
        setting = quote(f'handoff = "{one.path}"')
        config = quote(str(place.root / "handoff-md.toml"))
        way = f"If it is one all the same: `echo {setting} > {config} && handoff-md init`"
    fresh = Config().handoff
    new = ""
    if fresh != one.path and not (place.root / fresh).exists():
        new = f" For a new one: `{_make(place, fresh)} && {_init(place, directory, fresh)}`."
    return HandoffError(f"{one.path} can't be the handoff document: {one.reason}", f"{way}.{new}")


def _find_near(place: Workspace, wanted: str, known: Iterable[str]) -> list[str]:
    """Give the file whose name is nearest to one that is not there: in its folder, or known."""
    folder, _, own = wanted.rpartition("/")
    beside = {name.casefold(): name for name in names_in(place.root / folder)}
    if close := get_close_matches(own.casefold(), beside, n=1, cutoff=_CLOSE):
        return [f"{folder}/{beside[close[0]]}".lstrip("/")]
    names = {path.casefold(): path for path in known}
    return [names[one] for one in get_close_matches(wanted.casefold(), names, 1, _CLOSE)]


def _tell_taken(
    place: Workspace, chosen: SeenDocument, seen: Sequence[SeenDocument]
) -> tuple[str, ...]:
    others = [one for one in seen if one is not chosen and one.rank is not Rank.ELSEWHERE]
    beside = f", not {_name_all(others)}" if others else ""
    if chosen.path == place.config.handoff and not beside:
        return ()
    return (
        f"{chosen.path} is taken as the handoff document{beside}; --handoff PATH names another",
    )


def _tell_passed(seen: Sequence[SeenDocument]) -> tuple[str, ...]:
    if not seen:
        return ()
    return (f"not taken as the handoff document: {_name_all(seen)}; --handoff PATH takes one",)


def _name_all(seen: Sequence[SeenDocument]) -> str:
    shown = seen[:_MOST_NAMED]
    more = len(seen) - len(shown)
    groups = [
        f"{', '.join(one.path for one in group)} ({told})"
        for told, group in ((told, list(group)) for told, group in groupby(shown, key=_told))
    ]
    return ", ".join([*groups, *([f"{more} more"] if more else [])])


def _told(one: SeenDocument) -> str:
    return one.told if one.on_disk else f"{one.told}, missing from the work tree"


def _commands(place: Workspace, directory: Path, pool: Sequence[SeenDocument]) -> str:
    named = [f"`{_init(place, directory, one.path)}`" for one in pool[:_MOST_NAMED]]
    return " or ".join(named) + (", or another of them" if len(pool) > _MOST_NAMED else "")


def _make(place: Workspace, path: str) -> str:
    """Write the command that makes an empty document."""
    file = place.root / path
    return f"mkdir -p -- {quote(str(file.parent))} && touch -- {quote(str(file))}"


def _init(place: Workspace, directory: Path, path: str) -> str:
    """Write the command that takes a document, for a shell in the folder where the user stands."""
    return f"handoff-md init --handoff {quote(os.path.relpath(place.root / path, directory))}"
