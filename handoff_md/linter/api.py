"""The linter as a function of a document; pure."""

from __future__ import annotations

from collections.abc import Sequence

from handoff_md.linter.context import Context, LintSurroundings
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.engine import check_page, choose_rules
from handoff_md.linter.options import Layout, LintOptions
from handoff_md.linter.page import Page, PageKind
from handoff_md.syntax.nodes import Document


def lint(
    document: Document,
    *,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    kind: PageKind = PageKind.HANDOFF,
    path: str = "",
    options: LintOptions | None = None,
    layout: Layout | None = None,
    surroundings: LintSurroundings | None = None,
) -> tuple[Diagnostic, ...]:
    """Check a document, and give what is found in the order of the text.

    Args:
        document: the document, parsed.
        select: the rules to run (codes, beginnings of codes, names); else those of ``options``.
        ignore: rules to leave out, in addition to those of ``options``.
        kind: what the document is: a handoff document, a summary, a session log, a protocol.
        path: its path relative to the repository's root; else where the layout has it.
        options: how to lint.
        layout: where the project's files are.
        surroundings: what is known of files, logs and commits; rules that need to know are
            silent where it is not.

    Raises:
        ConfigError: a selector names no rule.
    """
    chosen, where = options or LintOptions(), layout or Layout()
    told = LintOptions(
        profile=chosen.profile,
        select=chosen.select if select is None else tuple(select),
        extend_select=chosen.extend_select if select is None else (),
        ignore=(*chosen.ignore, *ignore),
        severity=chosen.severity,
        required_fields=chosen.required_fields,
    )
    context = Context(told, where, surroundings or LintSurroundings())
    page = Page(kind, path or where.handoff, document, where.entries_heading)
    return check_page(page, choose_rules(context, kind), context)
