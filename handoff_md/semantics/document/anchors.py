"""The anchors that a document can be linked to by: of its headings, and its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from handoff_md.syntax.inline import plain_text
from handoff_md.syntax.nodes import Document
from handoff_md.text.pattern import lazy_pattern

_DROPPED = lazy_pattern(r"[^\w\- ]")
_OWN = lazy_pattern(r"<[a-z][^<>]*?\s(?:id|name)\s*=\s*[\"']?(?P<name>[^\"'\s>]+)", re.IGNORECASE)
_HTML_HEADING = lazy_pattern(
    r"<h[1-6]\b[^<>]*>(?P<words>(?:(?!</?h[1-6]).)*)</h[1-6]>", re.IGNORECASE | re.DOTALL
)
_TAG = lazy_pattern(r"<[^<>]*>")


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
