"""Relative links: where they point, and how to write them from where HANDOFF.md lies."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_ABSOLUTE = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.-]*:|//|/|#|\?|$")
_TEMPLATE = lazy_pattern(r"YYYY|(?<![A-Za-z])NN+(?![A-Za-z])|%7B|\.\.\.|…|%E2%80%A6")
_ENTITY = lazy_pattern(r"&(?=#?[A-Za-z0-9]+;)")


class LinkPlaces(Value):
    """The folders that a link may have been written from; paths relative to the repository root.

    ``exists`` tells whether such a path names a file or folder; the root itself is ``""``.
    ``log_folder`` is that of the session's log, from which a summary's words may stem.
    """

    summary_folder: str
    handoff_folder: str
    exists: Callable[[str], bool]
    log_folder: str = ""


class Rebased(Value):
    """A link as it has to read in HANDOFF.md; ``found`` is False where its target is nowhere."""

    href: str
    found: bool


def rebase(href: str, places: LinkPlaces) -> Rebased | None:
    """Say how a link of a summary reads in HANDOFF.md; None for what is not relative.

    Agents write links from the summary's folder, from where HANDOFF.md lies, from the root, or
    from where their log lies, in this order: the first whose target exists is meant. One that
    points nowhere stays.

    Args:
        href: the destination as the parser normalises it, percent-encoded.
        places: where things lie.
    """
    parts = split_relative(href)
    if parts is None:
        return None
    path, suffix = parts
    for folder in (places.summary_folder, places.handoff_folder, "", places.log_folder):
        target = resolve(folder, path)
        if target is not None and places.exists(unquote(target)):
            if folder == places.handoff_folder:
                return Rebased(href, found=True)
            return Rebased(relative(target, places.handoff_folder) + suffix, found=True)
    return Rebased(href, found=False)


def resolve(folder: str, path: str) -> str | None:
    """Join a folder and a relative path; None where the path leads out of the repository."""
    segments = [segment for segment in folder.split("/") if segment]
    for segment in path.split("/"):
        if segment == "..":
            if not segments:
                return None
            segments.pop()
        elif segment not in ("", "."):
            segments.append(segment)
    return "/".join(segments)


def relative(target: str, folder: str) -> str:
    """Write a path relative to a folder, both relative to the root, with ``./`` or ``../``."""
    wanted, base = target.split("/"), [segment for segment in folder.split("/") if segment]
    while wanted and base and wanted[0] == base[0]:
        wanted, base = wanted[1:], base[1:]
    up = "../" * len(base) or "./"
    return up + "/".join(wanted)


def is_template(path: str) -> bool:
    """Tell whether a path (percent-encoded) has a blank to fill in: ``YYYY``, ``NN``, ``{…}``."""
    return _TEMPLATE.search(path) is not None


def split_relative(href: str) -> tuple[str, str] | None:
    """Cut a relative link into its path and what follows (``?…``, ``#…``); None for any other."""
    if _ABSOLUTE.match(href):
        return None
    end = min((place for place in map(href.find, "?#") if place >= 0), default=len(href))
    return href[:end], href[end:]


def write_destination(href: str) -> str:
    """Write a normalised destination so that it parses to itself inside an inline link."""
    safe = _ENTITY.sub("&amp;", href)
    return f"<{safe}>" if not safe or "(" in safe or ")" in safe else safe


def write_title(title: str) -> str:
    """Write a link's title, with the space before it, so that it parses to itself; may be empty.

    Line breaks become spaces, and a pipe is written as an entity, for a title may stand in a table.
    """
    if not title:
        return ""
    words = " ".join(title.splitlines())
    escaped = _ENTITY.sub("&amp;", words.replace("\\", "\\\\").replace('"', '\\"'))
    return ' "' + escaped.replace("|", "&#124;") + '"'
