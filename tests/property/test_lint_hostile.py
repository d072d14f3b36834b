"""No input makes the linter crash or hang, whatever it is taken for."""

from __future__ import annotations

from random import Random
from time import process_time

import pytest
from lint_documents import any_document

from handoff_md.linter.context import Context
from handoff_md.linter.engine import check_page, choose_rules
from handoff_md.linter.fixer import fix_page
from handoff_md.linter.options import LintOptions
from handoff_md.linter.page import PageKind, make_page

_CONTEXT = Context(LintOptions(required_fields=("Status",)))
_RULES = choose_rules(_CONTEXT, *PageKind)
_KINDS = tuple(PageKind)
_BYTES = (
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\r",
    b"\r\n",
    b"\xe2\x80\xae",
    b"\x1b[",
    b"\n",
)
_SECTION = "# Handoff\n\n**Last Updated**: 2020-01-01\n\n## Recent Sessions\n\n"
_MANY = 2_000

_HUGE = {
    "a line of ten megabytes": "x" * 10_000_000,
    "a heading of ten megabytes": "## Session 1 " * 800_000,
    "a megabyte of brackets": "[" * 1_000_000,
    "a megabyte of NUL": "\0" * 1_000_000,
    "a megabyte of bytes that are no text": b"\xff\xfe" * 500_000,
    "a megabyte of controls": "\x07" * 1_000_000,
    "escape sequences that never end": "\x1b[" + "0" * 1_000_000,
    "deep quotes": ">" * 100_000,
    "deep lists": "- " * 50_000,
    "many fences": "```sh\n## x\n```py\n" * _MANY,
    "many comments": "<!-- \n" * _MANY,
    "many details": "<details>\n\n" * _MANY,
    "many suppressions": "<!-- handoff-md: ignore[HE003, HE999] -->\n\n" * _MANY,
    "a suppression of many": f"<!-- handoff-md: ignore[{'HE003,' * 80}] -->\n",
    "comments that never end": "<!-- handoff-md: ignore[a] " * 20_000,
    "codes that never end": "<!-- handoff-md: ignore[" * 20_000,
    "many conflicts": "<<<<<<< a\n## 2025-12-18: A (Session 1)\n=======\n>>>>>>> b\n" * _MANY,
    "many copies": _SECTION + "### 2025-12-18: A (Session 1)\n\nText.\n\n" * _MANY,
    "many entries out of order": _SECTION
    + "".join(f"### 202{5 + n % 4 % 3}-12-18: A{n}\n\n" for n in range(_MANY)),
    "many parallel sections": _SECTION
    + "".join(
        f"### Parallel Sessions {n}, {n + 1} (2025-12-18)\n\n#### Session {n}: x\n\n### Notes\n\n"
        for n in range(_MANY)
    ),
    "a parallel section of many": _SECTION
    + "### Parallel Sessions 1, 2 (2025-12-18)\n\n"
    + "".join(f"#### Session {_MANY - n}: x\n\n" for n in range(_MANY)),
    "many logs in an entry": _SECTION
    + "### 2025-12-18: A (Session 1)\n\n**Session Log**: "
    + "[x](./2025-12-18-session-2-x.md) " * _MANY,
    "a long table": "## A (Last 1)\n\n| a |\n|---|\n" + "| x |\n" * _MANY,
    "one carriage return after another": "\r" * 100_000,
}


def _lint(kind: PageKind, content: bytes) -> None:
    """Check some content, and fix it."""
    page = make_page(kind, "HANDOFF.md", content)
    for found in check_page(page, _RULES, _CONTEXT):
        assert found.message
    fix_page(page, _RULES, _CONTEXT, unsafe=True)


def _hostile(seed: int) -> bytes:
    """A document with bytes put in and cut out anywhere."""
    rng = Random(seed)  # noqa: S311 - repeatable, not secret
    content = bytearray(any_document(rng))
    for _ in range(rng.randint(0, 12)):
        place = rng.randint(0, len(content))
        content[place : place + rng.choice((0, 0, 1, 5))] = rng.choice(_BYTES) * rng.choice(
            (1, 1, 3)
        )
    return bytes(content)


def test_five_hundred_hostile_documents_are_linted() -> None:
    for seed in range(500):
        _lint(_KINDS[seed % len(_KINDS)], _hostile(seed))


@pytest.mark.full
def test_ten_thousand_hostile_documents_are_linted_in_a_second_each() -> None:
    for seed in range(10_000):
        content = _hostile(seed)
        for kind in _KINDS:
            start = process_time()
            _lint(kind, content)
            assert process_time() - start < 1, f"seed {seed}, {kind}"


@pytest.mark.parametrize("content", _HUGE.values(), ids=list(_HUGE))
def test_a_huge_document_is_checked(content: bytes | str) -> None:
    page = make_page(PageKind.HANDOFF, "HANDOFF.md", content)
    for found in check_page(page, _RULES, _CONTEXT):
        assert found.message
