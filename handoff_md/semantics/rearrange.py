"""Moves and removes siblings of a document: each keeps its bytes, and what separates them stays."""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.semantics.entries_section import ends_with_rule
from handoff_md.syntax.nodes import Entry, Part, Section
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source
from handoff_md.text.span import Span

Headed = Section | Entry | Part


def words_span(source: Source, node: Headed) -> Span:
    """Give the span of a section without its tail: trailing blank lines, and a rule at its end."""
    rule = ends_with_rule(node)
    end = rule.span.start if rule else node.span.end
    text = source.text[node.span.start : end]
    last = source.line_of(node.span.start + len(text.rstrip()) - 1)
    return Span(node.span.start, source.line_offset(last) + len(source.line_text(last)))


def rearrange(source: Source, nodes: Sequence[Headed], order: Sequence[int]) -> Edit | None:
    """Make the edit that puts siblings in another order; None where that changes nothing.

    Tails (blank lines, rules, an end without a newline) stay where they are: only what stands
    between them moves.

    Args:
        source: the document's text.
        nodes: siblings that follow each other without a gap.
        order: their indices, in the order in which they should stand.
    """
    moved = [place for place, index in enumerate(order) if place != index]
    if not moved:
        return None
    words = [words_span(source, node) for node in nodes]
    first, last = moved[0], moved[-1]
    pieces: list[str] = []
    for place in range(first, last + 1):
        end = nodes[place].span.end if place < last else words[place].end
        pieces += (source.slice(words[order[place]]), source.text[words[place].end : end])
    return Edit(Span(words[first].start, words[last].end), "".join(pieces))


def remove(source: Source, nodes: Sequence[Headed], index: int) -> Edit:
    """Make the edit that takes out one of several siblings, and what separates it from the next.

    The last one leaves its tail to the one before: it separates them from what follows.
    """
    node = nodes[index]
    if index == len(nodes) - 1 and index:
        before = words_span(source, nodes[index - 1])
        return Edit(Span(before.end, words_span(source, node).end), "")
    return Edit(node.span, "")


def are_copies(source: Source, one: Headed, other: Headed) -> bool:
    """Tell whether two sections have one heading and one text, but for line endings and tails."""
    if one.heading.level != other.heading.level:
        return False
    return _text(source, one) == _text(source, other)


def _text(source: Source, node: Headed) -> str:
    words = source.slice(words_span(source, node)).replace("\r\n", "\n").replace("\r", "\n")
    return words.rstrip()


def can_rearrange(source: Source, nodes: Sequence[Headed]) -> bool:
    """Tell whether siblings can change places, and none takes in another by that.

    Their headings must have one level, and begin with ``#``: an underlined one takes the lines
    above it along.
    """
    return len({node.heading.level for node in nodes}) <= 1 and all(
        source.slice(node.heading.span).lstrip(" ").startswith("#") for node in nodes
    )
