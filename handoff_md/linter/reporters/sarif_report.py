"""SARIF 2.1.0 (OASIS): findings, the rules behind them with their help, and fixes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from handoff_md import __version__
from handoff_md.linter.diagnostic import Diagnostic, Fix, Severity
from handoff_md.linter.reporters.findings import count_rules, fingerprints, page_of, worst_first
from handoff_md.linter.reporters.json_report import can_be_told, tellable
from handoff_md.linter.rule import Rule, load_rules
from handoff_md.linter.rule_page import write_help
from handoff_md.text.source import Source, encode
from handoff_md.text.span import Position

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_PROJECT = "https://github.com/handoff-md/handoff-md"
_ROOT = "SRCROOT"
_FINGERPRINT = "handoffMd/v1"
MOST = 5_000
"""Code scanning shows so many results of a run, the worst first, and refuses a file with 25,000."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

_Object = dict[str, object]


def write(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - programs read it
    width: int,  # noqa: ARG001 - the same
    root: str,
) -> str:
    """Write one log with one run, ASCII alone.

    Paths are relative to ``SRCROOT``. Columns count code points. Fingerprints hold no line number,
    and equal ones are counted, so that each finding keeps its own.
    """
    rules = load_rules(sorted({found.code for found in diagnostics}))
    shown = diagnostics if len(diagnostics) <= MOST else worst_first(diagnostics)[:MOST]
    run: _Object = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(diagnostics)],
        "results": list(_results(shown, sources, [rule.code for rule in rules])),
    }
    if root:
        run["originalUriBaseIds"] = {_ROOT: {"uri": f"file://{_quote(root.rstrip('/'))}/"}}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(diagnostics: Sequence[Diagnostic]) -> _Object:
    told: _Object = {"executionSuccessful": True}
    left = worst_first(diagnostics)[MOST:]
    if left:
        text = f"{len(left):,} more findings are left out: {count_rules(left)}"
        notification = {"level": "warning", "message": {"text": text}}
        told["toolExecutionNotifications"] = [notification]
    return told


def _driver(rules: Sequence[Rule]) -> _Object:
    return {
        "name": "handoff-md",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": _PROJECT,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: Rule) -> _Object:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": f"{rule.summary}."},
        "help": {"text": write_help(rule), "markdown": write_help(rule)},
        "helpUri": page_of(rule.code),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _results(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], codes: Sequence[str]
) -> Iterator[_Object]:
    for found, mark in zip(diagnostics, fingerprints(diagnostics), strict=True):
        result: _Object = {
            "ruleId": found.code,
            "ruleIndex": codes.index(found.code),
            "level": _LEVELS[found.severity],
            "message": {"text": tellable(found.message)},
            "locations": [{"physicalLocation": _place(found)}],
            "partialFingerprints": {_FINGERPRINT: mark},
        }
        source = sources.get(found.path)
        if found.fix and source and can_be_told(found.fix):
            result["fixes"] = [_fix(found.fix, found.path, source)]
        if found.commit or found.sessions:
            result["properties"] = {
                "commit": found.commit,
                "sessions": [str(session) for session in found.sessions],
            }
        yield result


def _place(found: Diagnostic) -> _Object:
    return {
        "artifactLocation": _artifact(found.path),
        "region": _region(found.start, found.end),
    }


def _artifact(path: str) -> _Object:
    if path.startswith("/"):
        return {"uri": f"file://{_quote(path)}"}
    return {"uri": _quote(path), "uriBaseId": _ROOT}


def _quote(path: str) -> str:
    return quote(encode(path), safe="/")


def _region(start: Position, end: Position) -> _Object:
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _fix(fix: Fix, path: str, source: Source) -> _Object:
    replacements = [
        {
            "deletedRegion": _region(
                source.position(edit.span.start), source.position(edit.span.end)
            ),
            "insertedContent": {"text": edit.text},
        }
        for edit in fix.edits
    ]
    return {
        "description": {"text": f"{fix.safety.value}: {tellable(fix.description)}"},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}],
        "properties": {"safety": fix.safety.value},
    }
