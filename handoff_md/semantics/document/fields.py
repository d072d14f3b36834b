"""The ``**Key**: value`` fields of a paragraph, also where a formatter has filled its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from handoff_md.syntax.nodes import Block, Field, Node
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_KEY = lazy_pattern(
    r"(?<!\S)(?:\*\*|__)(?P<key>[^*_:]{1,80}?)(?::(?:\*\*|__)|(?:\*\*|__)[ \t]*:)(?!\S)\s*"
)


def fields_of(source: Source, nodes: Iterable[Node]) -> tuple[Field, ...]:
    """Give the fields of all paragraphs among the nodes, in order.

    A formatter that fills lines makes one line of several fields, and breaks it anywhere: then a
    value goes on to the next field, or to the paragraph's end, and key and value may hold line
    endings. Otherwise it ends with its line.
    """
    blocks = (node for node in nodes if isinstance(node, Block) and node.children)
    return tuple(chain.from_iterable(_fields(source, block) for block in blocks))


def read_words(source: Source, span: Span) -> str:
    """Give the text of a key or value on one line."""
    return " ".join(source.slice(span).split())


def _fields(source: Source, block: Block) -> Sequence[Field]:
    written = [line for line in block.children if isinstance(line, Field)]
    keys = list(_KEY.finditer(source.text, block.span.start, block.span.end))
    if {key.start("key") for key in keys} <= {field.key.start for field in written}:
        return written
    ends = [*(key.start() for key in keys[1:]), block.span.end]
    return [_field(source, key, end) for key, end in zip(keys, ends, strict=True)]


def _field(source: Source, key: re.Match[str], end: int) -> Field:
    value = source.text[key.end() : end].rstrip()
    stop = key.end() + len(value)
    return Field(Span(key.start(), stop), Span(*key.span("key")), Span(key.end(), stop))
