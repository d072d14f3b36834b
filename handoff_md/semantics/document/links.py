"""Relative links: where they point, and how to write them from where HANDOFF.md lies; anchors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from handoff_md.syntax.inline import plain_text
from handoff_md.syntax.nodes import Document
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_ABSOLUTE = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.-]*:|//|/|#|\?|$")
_TEMPLATE = lazy_pattern(r"YYYY|(?<![A-Za-z])NN+(?![A-Za-z])|%7B|\.\.\.|…|%E2%80%A6")
_ENTITY = lazy_pattern(r"&(?=#?[A-Za-z0-9]+;)")

_DROPPED = lazy_pattern(r"[^\w\- ]")
_OWN = lazy_pattern(r"<[a-z][^<>]*?\s(?:id|name)\s*=\s*[\"']?(?P<name>[^\"'\s>]+)", re.IGNORECASE)
_HTML_HEADING = lazy_pattern(
    r"<h[1-6]\b[^<>]*>(?P<words>(?:(?!</?h[1-6]).)*)</h[1-6]>", re.IGNORECASE | re.DOTALL
)
_TAG = lazy_pattern(r"<[^<>]*>")


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


def find_anchors(document: Document) -> frozenset[str]:
    """Give all anchors of a document: those of its headings, and those that its HTML sets.

    Source of the rules: what GitHub makes of a heading. Its words in lower case, without
    punctuation, spaces as hyphens; the second of two equal ones ends with ``-1``. Compare a link's
    fragment as `normalize_fragment` gives it.
    """
    counts: Counter[str] = Counter()
    anchors = {_kept(match["name"]) for match in _own(document)}
    for words in _headings(document):
        slug = _kept(words).replace(" ", "-")
        anchors.add(f"{slug}-{counts[slug]}" if counts[slug] else slug)
        counts[slug] += 1
    return frozenset(anchors)


def normalize_fragment(fragment: str) -> str:
    """Give a fragment (without ``#``, percent-decoded) in the form that anchors have here."""
    return _kept(fragment.removeprefix("user-content-"))


def _kept(words: str) -> str:
    """Drop what no anchor holds, and emoji variants, which sites keep or drop as they like."""
    return _DROPPED.sub("", words.lower())


def _headings(document: Document) -> Iterator[str]:
    tokens, references = document.blocks.tokens, document.blocks.references
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            yield plain_text(tokens[index + 1].content, references)
        elif token.type == "html_block":
            for match in _HTML_HEADING.finditer(token.content):
                yield _TAG.sub("", match["words"]).strip()


def _own(document: Document) -> Iterator[re.Match[str]]:
    for token in document.blocks.tokens:
        if token.type in ("inline", "html_block") and "<" in token.content:
            yield from _OWN.finditer(token.content)
