"""What a site's readers see of a merge: cmark-gfm's HTML as an HTML5 tree, and a third parser's."""

from __future__ import annotations

import re

import html5lib
from html5lib.serializer import serialize
from marko import Markdown
from marko.ext.gfm import GFM
from oracle import parts, render_gfm

from handoff_md.merge.result import SummaryMerge
from handoff_md.syntax.nodes import Document

_PROBE = "<p>probe</p>"
_THIRD = Markdown(extensions=[GFM])


def judge_tree(document: Document, merge: SummaryMerge) -> None:
    """Fail where the new part reaches out of its place in the tree that a browser builds."""
    before, inserted, after = (_lines(part) for part in parts(document, merge))
    for footnotes in (False, True):
        old = _tree(render_gfm(before + after, footnotes=footnotes))
        new = _tree(render_gfm(before + inserted + after, footnotes=footnotes))
        assert _is_inserted(old, new), "the tree of the rest is another"
        own = render_gfm(inserted, footnotes=footnotes)
        alone = _tree(f"<div>{own}{_PROBE}</div><p>x</p>")
        assert alone.endswith(f"{_PROBE}</div><p>x</p>"), "the section does not end its own tree"
        _assert_headings(alone, inserted, len(merge.merged))


def _assert_headings(tree: str, inserted: str, sessions: int) -> None:
    """No heading of the tree stands as high as the sessions' own, but these."""
    heads = re.match(r"\s*(?:---\s+)?(?:(#+) Recent Sessions\s+)?(#+) Parallel Sessions", inserted)
    assert heads, inserted
    created, section = heads.groups()
    depths = [int(found) for found in re.findall(r"<h([1-6])\b", tree)]
    top = [depth for depth in depths if depth <= len(section) + 1]
    wanted = [*([len(created)] if created else []), len(section), *[len(section) + 1] * sessions]
    assert top == wanted, f"its headings stand at {depths}"


def read_by_third(document: Document, merge: SummaryMerge) -> bool:
    """Tell whether marko, too, reads the rest of the document as it was."""
    before, inserted, after = (_lines(part) for part in parts(document, merge))
    old, new = _THIRD(before + after), _THIRD(before + inserted + after)
    return _is_inserted(old, new)


def _lines(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text)


def _tree(html: str) -> str:
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return str(serialize(tree, omit_optional_tags=False, escape_lt_in_attrs=True))


def _is_inserted(old: str, new: str) -> bool:
    """Tell whether ``new`` is ``old`` with something in one place."""
    return _common(old, new) + _common(old[::-1], new[::-1]) >= len(old)


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
