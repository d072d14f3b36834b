"""Reads the cases of reports: a document, and findings in it that need no rule to find them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety, Severity
from handoff_md.linter.rule import list_rules
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span

PATH = ".agents/HANDOFF.md"


def read_case(case: Path) -> tuple[list[Diagnostic], dict[str, Source]]:
    """Give a case's findings, and the texts that they are in.

    ``findings.toml`` holds ``[[finding]]`` tables: ``code``, ``message``, and what ``mark``
    underlines, by its first occurrence; where they are said, ``severity``, ``path``, ``commit``,
    ``sessions``, ``entry``, and ``fix`` (``does``, ``text`` for what is marked, ``safety``).
    """
    source = decode((case / "document.md").read_bytes())
    tables = tomllib.loads((case / "findings.toml").read_text("utf-8"))["finding"]
    findings = [make_finding(source, table) for table in tables]
    return findings, {found.path: source for found in findings}


def make_finding(source: Source, table: Mapping[str, Any]) -> Diagnostic:
    """Make a finding of its table."""
    start = source.text.index(table["mark"])
    span = Span(start, start + len(table["mark"]))
    sessions = (SessionId(number, int(number)) for number in table.get("sessions", ()))
    return Diagnostic(
        code=table["code"],
        name=list_rules()[table["code"]].name,
        severity=Severity(table.get("severity", "error")),
        message=table["message"],
        path=table.get("path", PATH),
        span=span,
        start=source.position(span.start),
        end=source.position(span.end),
        fix=_fix(span, table["fix"]) if "fix" in table else None,
        sessions=tuple(sessions),
        commit=table.get("commit"),
        entry=table.get("entry", ""),
        text=table["mark"],
    )


def _fix(span: Span, table: Mapping[str, Any]) -> Fix:
    return Fix(table["does"], (Edit(span, table["text"]),), Safety(table["safety"]))
