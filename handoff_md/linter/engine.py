"""Runs rules over a page: what they find, without what is silenced or follows from a conflict."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from handoff_md.linter.catalogue import list_rules, load_rules
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic, Finding
from handoff_md.linter.kinds import may_check
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import Rule
from handoff_md.linter.selection import select_codes, selectors_of, severity_of
from handoff_md.linter.silencers import Silencers
from handoff_md.syntax.nodes import Entry
from handoff_md.text.span import Span
from handoff_md.value import Value

CONFLICT = "HX001"
UNUSED = "HN001"


class _Hit(Value):
    rule: Rule
    finding: Finding


def choose_rules(context: Context, *kinds: PageKind | None) -> tuple[Rule, ...]:
    """Load the rules for files of these kinds that the options ask for, and the profile has.

    The kind None stands for commits.

    Raises:
        ConfigError: a selector matches no rule.
    """
    wanted = select_codes(context.options)
    rules = load_rules([c for c in wanted if any(may_check(c, kind) for kind in kinds)])
    return tuple(r for r in rules if r.profile in (None, context.options.profile))


def check_page(page: Page, rules: Sequence[Rule], context: Context) -> tuple[Diagnostic, ...]:
    """Check a page and report what is found, in the order of the text.

    Where the page holds conflict markers, what touches a conflict is not reported, for it may
    vanish with it, and no fix is offered at all.
    """
    known = replace(context, codes=frozenset(list_rules()))
    applicable = [rule for rule in rules if page.kind in rule.kinds]
    hits = [
        _Hit(rule, finding)
        for rule in applicable
        if rule.code != UNUSED
        for finding in rule.check(page, known)
    ]
    silencers = Silencers(page.source, page.suppressions)
    hits = [hit for hit in hits if not silencers.silence(hit.rule.code, hit.finding.span)]
    hits += _find_idle(page, silencers, applicable, known)
    if page.conflicts:
        hits = [hit for hit in hits if hit.rule.code == CONFLICT or not _touches(page, hit.finding)]
        hits = [_Hit(hit.rule, replace(hit.finding, fix=None)) for hit in hits]
    hits.sort(key=lambda hit: (hit.finding.span, hit.rule.code))
    places = [entry.span.start for entry in page.entries] if hits else []
    return tuple(_report(page, hit, context, places) for hit in hits)


def _touches(page: Page, finding: Finding) -> bool:
    return any(
        span.start < region.end and region.start <= span.end
        for region in page.conflicts
        for span in (finding.span, *finding.related)
    )


def _find_idle(
    page: Page, silencers: Silencers, rules: Sequence[Rule], context: Context
) -> Iterator[_Hit]:
    """Give the hits of the rule about suppressions that silence nothing, where it runs."""
    for rule in rules:
        if rule.code == UNUSED:
            checked = [
                suppression
                for suppression in silencers.find_idle(UNUSED)
                if _is_checked(page, suppression.word.casefold(), rules)
            ]
            for finding in rule.check(page, replace(context, unused=tuple(checked))):
                yield _Hit(rule, finding)


def _is_checked(page: Page, word: str, rules: Sequence[Rule]) -> bool:
    """Tell whether all rules that a word names, and that are about such files, have run."""
    named = {code for code in list_rules() if word in selectors_of(code)}
    run = {rule.code for rule in rules}
    return bool(named & run) and all(
        code in run or not may_check(code, page.kind) for code in named
    )


def _report(page: Page, hit: _Hit, context: Context, places: Sequence[int]) -> Diagnostic:
    rule, finding, source = hit.rule, hit.finding, page.source
    entry = _entry_around(page, finding.span, places)
    text = source.text[finding.span.start : min(finding.span.end, finding.span.start + 200)]
    return Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=severity_of(rule.code, context.options) or finding.severity or rule.severity,
        message=finding.message,
        path=page.path,
        span=finding.span,
        start=source.position(finding.span.start),
        end=source.position(finding.span.end),
        fix=finding.fix,
        sessions=finding.sessions,
        entry=" ".join(source.slice(entry.heading.text).split()) if entry else "",
        text=" ".join(text.split()),
    )


def _entry_around(page: Page, span: Span, places: Sequence[int]) -> Entry | None:
    index = bisect_right(places, span.start) - 1
    if index < 0 or page.entries[index].span.end <= span.start:
        return None
    return page.entries[index]
