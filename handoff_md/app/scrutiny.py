"""Asks the linter of a text that is about to be handed on: secrets refuse it, hidden text is told.

The rules are HD003 and HD004, with the suppressions and the configuration that `lint` goes by.
"""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.config import Config
from handoff_md.semantics.document.credentials import find_secrets
from handoff_md.semantics.summaries.hidden_text import may_hide
from handoff_md.text.source import Source
from handoff_md.value import Value

_SECRET, _HIDDEN = "HD003", "HD004"


class Scrutiny(Value):
    """What is wrong with a text, and what is worth knowing: clauses with their line ("holds …")."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def scrutinize_log(config: Config, path: str, source: Source) -> Scrutiny:
    """Look for secrets in a log; see `scrutinize_summary`."""
    return _ask(config, "log", path, source, [_SECRET]) if find_secrets(source.text) else Scrutiny()


def scrutinize_summary(config: Config, path: str, source: Source) -> Scrutiny:
    """Look for secrets and hidden text; no clause shows a secret in whole.

    Args:
        config: says which of the rules count for the file.
        path: its path relative to the root, with ``/``.
        source: its text.
    """
    wanted = [_SECRET] if find_secrets(source.text) else []
    wanted += [_HIDDEN] if may_hide(source.text) else []
    return _ask(config, "summary", path, source, wanted) if wanted else Scrutiny()


def _ask(config: Config, kind: str, path: str, source: Source, wanted: Sequence[str]) -> Scrutiny:
    from handoff_md.linter.context import Context
    from handoff_md.linter.engine import check_page
    from handoff_md.linter.options import LintOptions
    from handoff_md.linter.page import PageKind, make_page
    from handoff_md.linter.rule import load_rules
    from handoff_md.linter.selection import ignored_for, select_codes

    options = config.lint or LintOptions()
    counted = set(select_codes(options)) - set(ignored_for(path, options))
    rules = load_rules([code for code in wanted if code in counted])
    found = check_page(make_page(PageKind(kind), path, source), rules, Context(options))
    said = [(one.code, f"{_clause(one.message)}, in line {one.start.line}") for one in found]
    return Scrutiny(
        tuple(clause for code, clause in said if code == _SECRET),
        tuple(clause for code, clause in said if code == _HIDDEN),
    )


def _clause(message: str) -> str:
    """Give a rule's sentence without its subject."""
    return message.partition("The ")[2].partition(" ")[2]
