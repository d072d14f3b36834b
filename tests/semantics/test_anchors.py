from __future__ import annotations

import pytest

from handoff_md.semantics.document.anchors import find_anchors, normalize_fragment
from handoff_md.syntax.parse import parse


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("# Plain words", "plain-words"),
        ("# What's new? (v1.2.0)", "whats-new-v120"),
        ("# A & B", "a--b"),
        ("# `code_x` and *em* and __strong__", "code_x-and-em-and-strong"),
        ("# [label](./target.md) ![image](x.png)", "label-"),
        ("# Café Größe 日本", "café-größe-日本"),
        ("# 🎯 Goals", "-goals"),
        ("# Session 19: 2025-12-18", "session-19-2025-12-18"),
        ("Set_ext\n=======", "set_ext"),
        ("> ## Quoted", "quoted"),
        ("- ## Listed", "listed"),
        ("# Closed #", "closed"),
        ("# \\*escaped\\* &amp; <b>bold</b>", "escaped--bold"),
        ("<h2>HTML <em>words</em></h2>", "html-words"),
    ],
)
def test_a_heading_has_the_anchor_that_sites_give_it(heading: str, anchor: str) -> None:
    assert find_anchors(parse(f"{heading}\n")) == {anchor}


def test_equal_headings_are_numbered() -> None:
    text = "# A\n\n## B\n\n## A\n\n## B\n\n## A\n"
    assert find_anchors(parse(text)) == {"a", "a-1", "a-2", "b", "b-1"}


def test_html_sets_anchors_of_its_own_outside_of_code() -> None:
    text = '<a id="One"></a>\n\nWords <a name=two> and `<a id="three">`.\n\n    <a id="four">\n'
    assert find_anchors(parse(text)) >= {"one", "two"}
    assert "four" not in find_anchors(parse(text))


def test_a_fragment_is_compared_as_anchors_are() -> None:
    assert normalize_fragment("user-content-Café-\ufe0f1") == "café-1"
