"""The text of a summary, and a draft where nobody wrote one: of the log, commits and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handoff_md.app.belonging import is_own_root
from handoff_md.app.work_trees import find_logs, read_log_bytes
from handoff_md.app.workspace import Workspace
from handoff_md.defaults import HANDOFF
from handoff_md.errors import GitError, HandoffError
from handoff_md.git.history import list_changed_files, list_subjects, list_untracked_files
from handoff_md.ledger.ids import time_of_day
from handoff_md.ledger.records import Binding, Claim
from handoff_md.semantics.document.credentials import mask_secrets
from handoff_md.store.bindings import list_bindings
from handoff_md.store.claims import is_as_made
from handoff_md.syntax.front_matter import write_value
from handoff_md.syntax.summary import Status
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import decode, encode
from handoff_md.value import Value

if TYPE_CHECKING:
    import datetime as dt

    from handoff_md.semantics.logs.words import LogWords

_MOST_LINES: Final = 30
_MOST_CHARACTERS: Final = 20_000
_UNTITLED: Final = "Work without a title"
_CONTROL: Final = lazy_pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


class LastWords(Value):
    """What an agent said last, and who that was, as ``a subagent of claude``."""

    text: str
    who: str


def compose_draft(workspace: Workspace, claim: Claim, said: LastWords | None = None) -> bytes:
    """Draft the summary of a session that has not handed over; it says that nobody checked it.

    What can't be read is left out: a draft with less is better than none.

    Raises:
        FileError: what is known of the session can't be read at all.
    """
    words = _read_words(workspace, claim)
    body = [_warning(said)]
    if said and said.text.strip():
        body += ["## Last message", _cut(said.text)]
    if words and words.summary:
        body.append(_cut(words.summary))
    body += _progress(workspace, claim)
    title = claim.title or (words.title or words.objective if words else "")
    title = " ".join(_clean(title).split()) or _UNTITLED
    text = _clean("\n\n".join(body))
    return compose_summary(claim, mask_secrets(title), Status.PARTIAL, mask_secrets(text))


def _warning(said: LastWords | None) -> str:
    of = f"the last message of {said.who}, and of " if said and said.text.strip() else ""
    return (
        f"Drafted by handoff-md: the session did not hand over. It is made of {of}what the session "
        "left behind, and nobody has checked it."
    )


def _read_words(workspace: Workspace, claim: Claim) -> LogWords | None:
    """Read what the session's log says, if anybody has written to it; the likeliest one counts."""
    try:
        roots = find_logs(workspace, claim)
        if not roots or is_as_made(claim, read_log_bytes(roots[0], claim)):
            return None
        from handoff_md.app.session.find import read_log

        return read_log(workspace, roots[0], claim).words
    except HandoffError:
        return None


def _began(workspace: Workspace, claim: Claim) -> Binding | Claim:
    """Tell where a session began its work: what a hook has seen comes before when it was claimed.

    Raises:
        FileError: a record can't be read.
    """
    bound = (
        one
        for one in list_bindings(workspace.state)
        if one.session == claim.key and (claim.reserved or one.root == claim.root)
    )
    return next(bound, claim)


def _progress(workspace: Workspace, claim: Claim) -> Iterator[str]:
    """Give the sections on commits and files since the session began, as far as git knows."""
    repository = workspace.repository
    if repository is None:
        return
    began = _began(workspace, claim)
    at_work = Path(began.root)
    here = at_work.is_dir() and is_own_root(workspace, at_work)
    root = at_work if here else workspace.root
    tip = f"refs/heads/{began.branch}" if began.branch and not here else ""
    if not began.commit or not (here or tip):
        return
    try:
        commits = list_subjects(repository._replace(root=root), began.commit, tip or "HEAD")
        files = list_changed_files(root, began.commit, tip)
        files += () if tip else list_untracked_files(root)
    except GitError:
        return  # its commits are gone
    where = f" on {began.branch}" if began.branch else ""
    if told := [f"{one.id[:12]} {one.subject}" for one in commits]:
        yield f"## Commits{where} since it began\n\n{_listed(told)}"
    logs = f"{workspace.config.sessions}/"
    if changed := [name for name in files if not name.startswith(logs)]:
        yield f"## Files that differ from its beginning\n\n{_listed(changed)}"


def _listed(lines: Sequence[str]) -> str:
    items = [f"- {_as_code(line)}" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        items.append(f"- and {len(lines) - _MOST_LINES} more")
    return "\n".join(items)


def _as_code(line: str) -> str:
    """Write a line as it is: whatever its words mean in Markdown, here they mean nothing."""
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _cut(text: str) -> str:
    text = decode(text).text.strip("\n")
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}\n\n(cut off here)"


def _clean(text: str) -> str:
    """Drop control characters, and what can't be written as UTF-8."""
    text = re.sub(r"\r\n?", "\n", text)
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")


def compose_summary(
    claim: Claim, title: str, status: Status, body: str, *, zone: dt.tzinfo | None = None
) -> bytes:
    """Write the summary: its front matter, in which times are told in a zone, and its body."""
    fields = {
        "session": claim.id,
        "title": title,
        "date": claim.date,
        "time": time_of_day(claim, zone),
        "agent": claim.agent,
        "status": status.value,
        "log": claim.log,
        "document": claim.document if claim.document != HANDOFF else "",
    }
    lines = [f"{key}: {write_value(value)}" for key, value in fields.items() if value]
    return encode("---\n" + "\n".join(lines) + "\n---\n\n" + body.strip("\n") + "\n")
