"""Runs a rule over an example of its documentation, as its settings say."""

from __future__ import annotations

import datetime as dt
import re
from ast import literal_eval

from handoff_md.linter.context import Context, LintSurroundings
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.engine import check_page
from handoff_md.linter.fixer import fix_page
from handoff_md.linter.options import Layout, LintOptions, Profile
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import Example, Rule, list_rules, load_rules
from handoff_md.semantics.logs.own_log import index_logs

_ESCAPE = re.compile(r"\\(?:r|x[0-9a-f]{2}|u[0-9a-f]{4})")
_PATHS = {
    PageKind.HANDOFF: ".agents/HANDOFF.md",
    PageKind.SUMMARY: ".agents/temp/handoff-session-19-summary.md",
    PageKind.LOG: ".agents/sessions/2025-12-18-session-19-cache.md",
    PageKind.PROTOCOL: ".agents/SESSION-PROTOCOL.md",
    PageKind.IGNORE: ".gitignore",
}


def page_of(rule: Rule, example: Example) -> Page:
    """Give the page that an example is, of the first kind that its rule holds for."""
    kind = rule.kinds[0]
    return make_page(kind, example.settings.get("path", _PATHS[kind]), text_of(example))


def text_of(example: Example) -> str:
    r"""Give an example's text; with ``escapes=yes``, of what ``\r``, ``\xNN``, ``\uNNNN`` mean."""
    if "escapes" not in example.settings:
        return example.text
    return _ESCAPE.sub(lambda match: literal_eval(f"'{match.group()}'"), example.text)


def context_of(rule: Rule, example: Example) -> Context:
    """Give what an example's settings say is around it.

    ``files=`` are the paths that exist; those in the folder of the logs are the logs there are.
    ``handoff=`` are the names of the logs that the handoff document has entries for.
    """
    profile = example.settings.get("profile", rule.profile or Profile.APPEND)
    options = LintOptions(
        profile=Profile(profile), select=(rule.code,), required_fields=_words(example, "required")
    )
    paths = _words(example, "files")
    logs = index_logs(path for path in paths if path.startswith(f"{Layout().sessions}/"))
    around = LintSurroundings(
        exists=lambda path: any(path == known or known.startswith(f"{path}/") for known in paths),
        logs=lambda: logs,
        reachable_logs=lambda: logs,
        anchors=lambda _: frozenset(_words(example, "anchors")),
        unknown_commits=frozenset,
        handoff=lambda: _handoff(_words(example, "handoff")),
        log_title=lambda _: None,
        summaries_ignored=lambda: False,
        built=lambda: example.settings.get("built", ""),
        pieces=lambda: _words(example, "pieces"),
        today=dt.date(2026, 12, 31),
    )
    return Context(options, Layout(), around, frozenset(list_rules()))


def _handoff(logs: tuple[str, ...]) -> Page | None:
    """Give a document with an entry for each log; without any, there is none."""
    links = "".join(f"### {log[:10]}: Work\n\n[Log](./sessions/{log})\n\n" for log in logs)
    text = f"# Handoff\n\n## Recent Sessions\n\n{links}"
    return make_page(PageKind.HANDOFF, _PATHS[PageKind.HANDOFF], text) if logs else None


def _words(example: Example, setting: str) -> tuple[str, ...]:
    return tuple(word for word in example.settings.get(setting, "").split(",") if word)


def _rules(rule: Rule, example: Example) -> tuple[Rule, ...]:
    """Give the rule, and the others that run beside it as ``rules=`` says."""
    return (rule, *load_rules(_words(example, "rules")))


def check_example(rule: Rule, example: Example) -> tuple[Diagnostic, ...]:
    """Give what the rule, and those beside it, find in an example."""
    return check_page(page_of(rule, example), _rules(rule, example), context_of(rule, example))


def fix_example(rule: Rule, example: Example) -> str:
    """Give what all fixes of the rule make of an example."""
    page, context = page_of(rule, example), context_of(rule, example)
    return fix_page(page, _rules(rule, example), context, unsafe=True).page.source.text
