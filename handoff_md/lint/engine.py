"""Runs rules over a page: what they find, without what is silenced or follows from a conflict."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from handoff_md.lint.catalogue import list_rules, load_rules
from handoff_md.lint.context import Context
from handoff_md.lint.diagnostic import Diagnostic, Finding
from handoff_md.lint.page import Page
from handoff_md.lint.rule import Rule
from handoff_md.lint.selection import select_codes, severity_of
from handoff_md.lint.suppressions import Suppression
from handoff_md.syntax.nodes import Entry
from handoff_md.text.span import Span

CONFLICT = "HX001"
UNUSED = "HN001"


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: Rule
    finding: Finding


def choose_rules(context: Context) -> tuple[Rule, ...]:
    """Load the rules that the options ask for, and that hold for the profile.

    Raises:
        ConfigError: a selector matches no rule.
    """
    rules = load_rules(select_codes(context.options))
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
    if page.conflicts:
        hits = [hit for hit in hits if hit.rule.code == CONFLICT or not _touches(page, hit.finding)]
        hits = [_Hit(hit.rule, replace(hit.finding, fix=None)) for hit in hits]
    hits = list(_unsuppressed(page, hits, applicable, known))
    hits.sort(key=lambda hit: (hit.finding.span, hit.rule.code))
    places = [entry.span.start for entry in page.entries]
    return tuple(_report(page, hit, context, places) for hit in hits)


def _touches(page: Page, finding: Finding) -> bool:
    return any(
        span.start < region.end and region.start <= span.end
        for region in page.conflicts
        for span in (finding.span, *finding.related)
    )


def _unsuppressed(
    page: Page, hits: Iterable[_Hit], rules: Sequence[Rule], context: Context
) -> Iterator[_Hit]:
    """Give the hits that no comment silences, and those of the rule about idle comments."""
    suppressions = page.suppressions
    used: set[Suppression] = set()
    for hit in hits:
        silencers = [s for s in suppressions if _silences(page, s, hit)]
        used.update(silencers)
        if not silencers:
            yield hit
    codes = {rule.code: rule.name for rule in rules}
    unused = tuple(
        s for s in suppressions if s not in used and _names(s, codes.keys() | codes.values())
    )
    for rule in rules:
        if rule.code == UNUSED:
            for finding in rule.check(page, replace(context, unused=unused)):
                yield _Hit(rule, finding)


def _names(suppression: Suppression, words: Iterable[str]) -> bool:
    return suppression.word.casefold() in {word.casefold() for word in words}


def _silences(page: Page, suppression: Suppression, hit: _Hit) -> bool:
    if not _names(suppression, (hit.rule.code, hit.rule.name)):
        return False
    return suppression.line in (None, page.source.line_of(hit.finding.span.start))


def _report(page: Page, hit: _Hit, context: Context, places: Sequence[int]) -> Diagnostic:
    rule, finding, source = hit.rule, hit.finding, page.source
    entry = _entry_around(page, finding.span, places)
    text = source.text[finding.span.start : min(finding.span.end, finding.span.start + 200)]
    return Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=severity_of(rule.code, context.options) or rule.severity,
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
