"""JUnit's XML, as Jenkins, GitLab and most CI hosts read it: each finding is a failed test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.reporters.findings import page_of, sentence
from handoff_md.linter.reporters.json_report import tellable
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.visible import visible

_NOT_XML = lazy_pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def write(
    diagnostics: Sequence[Diagnostic],
    _sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - programs read it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write a suite for each file, with a test for each finding.

    Where nothing is found one test has passed: some hosts refuse a report without any.
    """
    suites = list(_suites(diagnostics)) or [*_suite("handoff-md", [_test("lint", "handoff-md")], 0)]
    counts = f'tests="{max(len(diagnostics), 1)}" failures="{len(diagnostics)}" errors="0"'
    head = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="handoff-md" {counts}>']
    return "\n".join([*head, *suites, "</testsuites>", ""])


def _suites(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    for path in dict.fromkeys(found.path for found in diagnostics):
        tests = [_failed(found) for found in diagnostics if found.path == path]
        yield from _suite(path, tests, len(tests))


def _suite(name: str, tests: Sequence[str], failures: int) -> Iterator[str]:
    counts = f'tests="{len(tests)}" failures="{failures}" errors="0"'
    yield f'  <testsuite name="{_safe(name)}" {counts}>'
    yield from tests
    yield "  </testsuite>"


def _failed(found: Diagnostic) -> str:
    words, place = sentence(found), f"{found.path}:{found.start}"
    more = f"{_safe(f'{place}: {words} ({found.name})')}\n{page_of(found.code)}"
    failure = f'<failure message="{_safe(words)}" type="{found.severity}">{more}</failure>'
    where = f'file="{_safe(found.path)}" line="{found.start.line}"'
    return _test(f"{found.code} {place}", found.path, where, failure)


def _test(name: str, group: str, where: str = "", inner: str = "") -> str:
    told = f'name="{_safe(name)}" classname="{_safe(group)}"{where and f" {where}"}'
    return f"    <testcase {told}>{inner}</testcase>" if inner else f"    <testcase {told}/>"


def _safe(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", visible(tellable(text))))
