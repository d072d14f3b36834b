"""Whether a text stays in its place on the hosting sites, too: judged by what cmark-gfm renders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.semantics.summaries.html_balance import is_closed
from handoff_md.syntax.hosted import dialects, render_hosted
from handoff_md.text.pattern import lazy_pattern

_PROBE = "\nprobe\n"
_PROBE_HTML = "<p>probe</p>\n"
_DEFINED = lazy_pattern(r"\[((?:[^\[\]\\]|\\.)+)\\?\]:", re.DOTALL)
_NOTED = lazy_pattern(r"\[\^([^\[\]\\\s]+)\]")
_BREAK = lazy_pattern(r"\n[ \t>]*")
_MOST_LABELS = 1000
_RAW_HTML = lazy_pattern(r"<[A-Za-z/!?]")
_HEADING = lazy_pattern(r"<h([1-6])[\s/>]", re.IGNORECASE)

STAYS_OPEN = "holds a block or a footnote that goes on beyond its end on the hosting sites"
HTML_REACHES_OUT = "holds HTML that would reach beyond it on the hosting sites"
HEADING_ESCAPES = "holds a heading that would not stand below its own on the hosting sites"


def find_leak(text: str, level: int | None) -> str | None:
    """Say how a body would leave its place, as a clause ("holds …"); None where it does not.

    What follows it must start a block of its own and refer to nothing in it; no heading, not even
    one in raw HTML, may stand at ``level`` (1 to 6) or above; and its tags must balance.
    """
    for html in _rendered(text):
        if html is None:
            return STAYS_OPEN
        if level is not None and any(int(found) <= level for found in _HEADING.findall(html)):
            return HEADING_ESCAPES
        if not stays_closed(text, html):
            return HTML_REACHES_OUT
    return None


def find_title_leak(title: str) -> str | None:
    """Say how a line of inline Markdown would leave its heading; None where it does not."""
    text = f"# {title}\n"
    for html in _rendered(text):
        if html is None:
            return STAYS_OPEN
        if _HEADING.findall(html) != ["1"] or not html.endswith("</h1>\n"):
            return HEADING_ESCAPES
        if not stays_closed(text, html):
            return HTML_REACHES_OUT
    return None


def _rendered(text: str) -> Iterator[str | None]:
    """Give a text's HTML in each dialect; None where it reaches out, or is reached from outside."""
    behind = probe(text)
    for footnotes in dialects(text):
        html = render_hosted(text + behind, footnotes=footnotes)
        own = _PROBE_HTML if behind == _PROBE else render_hosted(behind, footnotes=footnotes)
        yield html.removesuffix(own) if html.endswith(own) else None


def probe(text: str) -> str:
    """Give what to put behind a text to see whether it reaches out, or is reached from outside.

    It names what the text may define, defines the footnotes that the text may name, and ends with a
    paragraph.
    """
    return "".join((*_mentions(text), *_notes(text), _PROBE))


def names_defined(text: str, document: str) -> bool:
    """Tell whether a text has brackets that start as the label of a definition of the document."""
    labels = _DEFINED.findall(document) if "]:" in document else ()
    words = {re.escape(word) for label in labels for word in label.casefold().split()[:1]}
    return bool(words) and bool(re.search(rf"\[\s*(?:{'|'.join(words)})", text.casefold()))


def _mentions(text: str) -> Iterator[str]:
    labels = _DEFINED.findall(text) if "]:" in text else ()
    for label in labels[:_MOST_LABELS]:
        yield f"\n[{' '.join(_BREAK.sub(' ', label).split())}]\n"


def _notes(text: str) -> Iterator[str]:
    labels = dict.fromkeys(_NOTED.findall(text) if "[^" in text else ())
    for label in list(labels)[:_MOST_LABELS]:
        yield f"\n[^{label}]: note\n"


def stays_closed(text: str, html: str) -> bool:
    """Tell whether the raw HTML of a text closes what it opens; ``html`` is its rendering."""
    return _RAW_HTML.search(text) is None or is_closed(html)
