"""Moves and removes siblings of a document: each keeps its bytes, and what separates them stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handoff_md.semantics.entries.footer import find_footer
from handoff_md.semantics.entries.section import ends_with_rule
from handoff_md.syntax.nodes import Entry, Part, Section
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_SUPPRESSIONS = lazy_pattern(
    r" {0,3}(?:<!--[ \t]*handoff-md:[ \t]*ignore[ \t]*\[(?:(?!-->).)*-->[ \t]*)+", re.DOTALL
)

Headed = Section | Entry | Part


def rearrange(source: Source, nodes: Sequence[Headed], order: Sequence[int]) -> Edit | None:
    """Make the edit that puts siblings in another order; None where that changes nothing.

    Tails (blank lines, rules, a footer, an end without a newline) stay where they are: only what
    stands between them moves. A comment above a heading that silences rules there moves with it.

    Args:
        source: the document's text.
        nodes: siblings that follow each other without a gap.
        order: their indices, in the order in which they should stand.
    """
    moved = [place for place, index in enumerate(order) if place != index]
    if not moved:
        return None
    footer = find_footer(source, nodes)
    words = [_words_span(source, node, footer) for node in nodes]
    first, last = moved[0], moved[-1]
    pieces: list[str] = []
    for place in range(first, last + 1):
        end = words[place + 1].start if place < last else words[place].end
        pieces += (source.slice(words[order[place]]), source.text[words[place].end : end])
    return Edit(Span(words[first].start, words[last].end), "".join(pieces))


def remove(source: Source, nodes: Sequence[Headed], index: int) -> Edit:
    """Make the edit that takes out one of several siblings, and what separates it from the next.

    The last one leaves its tail to the one before: it separates them from what follows.
    """
    footer = find_footer(source, nodes)
    words = _words_span(source, nodes[index], footer)
    if index < len(nodes) - 1:
        return Edit(Span(words.start, _words_span(source, nodes[index + 1]).start), "")
    if index:
        return Edit(Span(_words_span(source, nodes[index - 1]).end, words.end), "")
    return Edit(Span(words.start, footer or _end_of(source, nodes[index])), "")


def are_copies(source: Source, one: Headed, other: Headed) -> bool:
    """Tell whether two sections have one heading and one text, but for line endings and tails."""
    if one.heading.level != other.heading.level:
        return False
    return _text(source, one) == _text(source, other)


def _text(source: Source, node: Headed) -> str:
    words = source.text[node.span.start : _words_span(source, node).end]
    return words.replace("\r\n", "\n").replace("\r", "\n").rstrip()


def _words_span(source: Source, node: Headed, footer: int | None = None) -> Span:
    """Give the span of a section with the comments above it that silence rules in its heading.

    Its tail is left out: trailing blank lines, a rule at its end, the ``footer`` that begins there,
    and the next heading's comments.
    """
    end = _end_of(source, node)
    end = footer if footer and node.span.start < footer < end else end
    rule = ends_with_rule(source, node, before=end)
    text = source.text[node.span.start : rule.span.start if rule else end]
    last = source.line_of(node.span.start + len(text.rstrip()) - 1)
    stop = source.line_offset(last) + len(source.line_text(last))
    return Span(_start_of_comments(source, node.span.start), stop)


def _end_of(source: Source, node: Headed) -> int:
    """Give where a section ends, and the comments begin that silence rules in the next heading."""
    end = node.span.end
    return _start_of_comments(source, end) if end < len(source.text) else end


def _start_of_comments(source: Source, heading: int) -> int:
    """Give where the comments begin that silence rules in a heading, whose start without any."""
    start, number = heading, source.line_of(heading) - 1
    while number >= 0:
        words = source.line_text(number).rstrip()
        end = source.line_offset(number) + len(words)
        if words:
            opening = source.text.rfind("<!--", 0, end) if words.endswith("-->") else -1
            number = source.line_of(max(opening, 0))
            if opening < 0 or not _SUPPRESSIONS.fullmatch(
                source.text, source.line_offset(number), end
            ):
                break
            start = source.line_offset(number)
        number -= 1
    return start


def can_rearrange(source: Source, nodes: Sequence[Headed]) -> bool:
    """Tell whether siblings can change places, and none takes in another by that.

    Their headings must have one level, and begin with ``#``: an underlined one takes the lines
    above it along.
    """
    return len({node.heading.level for node in nodes}) <= 1 and all(
        source.slice(node.heading.span).lstrip(" ").startswith("#") for node in nodes
    )
