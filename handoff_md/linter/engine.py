"""Runs rules over a page or a commit: what they find, without what is silenced or in a conflict."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from handoff_md.linter.context import Context, LintSurroundings
from handoff_md.linter.diagnostic import Diagnostic, Finding
from handoff_md.linter.options import Layout, LintOptions
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import Rule, list_rules, load_rules, may_check
from handoff_md.linter.selection import select_codes, selectors_of, severity_of
from handoff_md.linter.suppressions import Suppression
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.linter.change import CommitChange

CONFLICT = "HX001"
UNUSED = "HN001"

_Place = tuple[str, int | None]


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
    silencers = _Silencers(page.source, page.suppressions)
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
    page: Page, silencers: _Silencers, rules: Sequence[Rule], context: Context
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


def check_change(
    change: CommitChange, rules: Sequence[Rule], context: Context
) -> Iterator[Diagnostic]:
    """Check a commit with the rules about commits, in the order of the rules."""
    source = change.after.source if change.after else Source("")
    for rule in rules:
        if rule.check_commit is None:
            continue
        for finding in rule.check_commit(change, context):
            yield Diagnostic(
                code=rule.code,
                name=rule.name,
                severity=severity_of(rule.code, context.options) or rule.severity,
                message=finding.message,
                path=finding.path or context.layout.handoff,
                span=finding.span,
                start=source.position(finding.span.start),
                end=source.position(finding.span.end),
                sessions=finding.sessions,
                commit=change.commit,
                text=finding.text,
            )


class _Silencers:
    """The suppressions of a page by what they silence; remembers which were of use."""

    def __init__(self, source: Source, suppressions: Sequence[Suppression]) -> None:
        self._source = source
        self._by_place: dict[_Place, list[Suppression]] = {}
        self._used: Counter[_Place] = Counter()  # how many of the first at a place were of use
        self._below: dict[int, int] = {}
        for found in suppressions:
            self._by_place.setdefault(_place(found), []).append(found)
            first, last = source.line_of(found.comment.start), source.line_of(found.comment.end - 1)
            if found.line is not None and found.line > last:
                self._below.update(dict.fromkeys(range(first, last + 1), found.line))

    def silence(self, code: str, span: Span) -> bool:
        """Tell whether a finding of a rule is silenced.

        Suppressions that stand above each other hold for the line below all of them, and an upper
        one for the lower ones too.
        """
        line = self._source.line_of(span.start)
        below = self._below.get(line, line)
        silenced = False
        for word in selectors_of(code):
            for place in ((word, None), (word, below)):
                found = self._by_place.get(place)
                if not found:
                    continue
                count = len(found)
                if below != line and place[1] is not None:
                    count = bisect_right(found, span.start, key=lambda above: above.comment.end)
                self._used[place] = max(self._used[place], count)
                silenced = silenced or count > 0
        return silenced

    def find_idle(self, code: str) -> Iterator[Suppression]:
        """Give the suppressions that have silenced nothing, but for those silenced themselves.

        ``code`` is that of the rule about them. A suppression of this rule is asked last, for it
        is of use where it silences what that finds.
        """
        about = selectors_of(code)
        for place in sorted(self._by_place, key=lambda place: place[0] in about):
            for number, found in enumerate(self._by_place[place]):
                if number >= self._used[place] and not self.silence(code, found.place):
                    yield found


def _place(suppression: Suppression) -> _Place:
    return suppression.word.casefold(), suppression.line


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
