"""No summary, however hostile, takes long: it is contained, or refused."""

from __future__ import annotations

import time

import pytest

from handoff_md.semantics.summaries.containment import contain, contain_title

_MANY = 50_000
_TEXTS = {
    "images": "![" * _MANY,
    "brackets": "[" * _MANY,
    "links": "[a](" * _MANY,
    "angles": "<" * _MANY,
    "tags": "<a " * _MANY,
    "comments": "<!--" * _MANY,
    "footnotes": "[^1]" * _MANY,
    "brackets just allowed": "![" * 2000,
    "tags just allowed": "<a " * 2000,
    "footnotes just allowed": "[^1]" * 2000,
    "stars": "*a _" * _MANY,
    "entities": "&amp;" * _MANY,
    "scripts": "<script>\n" * 3000,
    "definitions": "".join(f"[a{number}]: b\n\n" for number in range(5000)),
    "wide table": f"{'|'.join(['[a]'] * 600)}\n{'|'.join(['-'] * 600)}\n",
    "one line": "word " * 400_000,
}


@pytest.mark.parametrize("name", _TEXTS)
def test_a_hostile_body_takes_seconds_at_most(name: str) -> None:
    before = time.process_time()
    contain(_TEXTS[name], level=4, captured={})
    contain_title(_TEXTS[name], captured={})
    assert time.process_time() - before < 10
