"""What must hold of a merge, judged by plain markdown-it and by cmark-gfm, not by its own proof."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

from handoff_md.errors import ContentError
from handoff_md.merge.request import MergeOptions
from handoff_md.merge.result import Outcome, SummaryMerge
from handoff_md.merge.summaries import merge_summaries
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import Summary, parse_summary
from handoff_md.text.source import Source

_PLAIN = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")
_TODAY = dt.date(2025, 12, 19)
_VOID = {"br", "hr", "img", "input", "wbr", "area", "base", "col", "embed", "link", "meta"}


def attack(
    document: bytes,
    summaries: Sequence[tuple[str, bytes]],
    orchestrator: str,
    *,
    also: Callable[[Document, SummaryMerge], None] | None = None,
) -> str:
    """Merge, and judge the result, by a further judge too; tell what became of it.

    Returns:
        ``merged``; ``refused: …`` with the first problem of a summary; ``unfit: …`` where the
        document can't take any summary, however harmless.
    """
    parsed = parse(document)
    assert parsed.to_bytes() == document
    read = [parse_summary(content, name=name) for name, content in summaries]
    try:
        merge = _merge(parsed, read, orchestrator)
    except ContentError as error:
        unfit = f"unfit: {error.message}"
    else:
        outcome = _judge_result(parsed, read, merge, orchestrator)
        if also and outcome == "merged":
            also(parsed, merge)
        return outcome
    assert _takes_no_summary(parsed, read, orchestrator), unfit
    return unfit


def _judge_result(
    parsed: Document, read: Sequence[Summary], merge: SummaryMerge, orchestrator: str
) -> str:
    if merge.refused:
        problems = [problem for found in merge.sessions for problem in found.problems]
        assert problems
        assert all(problems)
        assert merge.content == parsed.to_bytes()
        return f"refused: {problems[0]}"
    judge(parsed, read, merge)
    again = _merge(parse(merge.content), read, orchestrator)
    assert [found.outcome for found in again.sessions] == [Outcome.ALREADY_MERGED] * len(read)
    assert again.content == merge.content
    return "merged"


def _takes_no_summary(document: Document, like: Sequence[Summary], orchestrator: str) -> bool:
    """Tell whether a harmless summary of the same date is refused as well."""
    date = max((summary.date for summary in like if summary.date), default=_TODAY)
    text = f"---\ndate: {date}\n---\n# A title\n\nSome words.\n"
    try:
        _merge(document, [parse_summary(text, name=like[0].path)], orchestrator)
    except ContentError:
        return True
    return False


def _merge(document: Document, summaries: Sequence[Summary], orchestrator: str) -> SummaryMerge:
    options = MergeOptions(create_section=True)
    return merge_summaries(
        document, summaries, orchestrator=orchestrator, today=_TODAY, options=options
    )


def judge(document: Document, summaries: Sequence[Summary], merge: SummaryMerge) -> None:
    """Fail where a merge has done anything but insert what it was to insert."""
    text = merge.patch.apply().text
    before, inserted, after = parts(document, merge)
    assert text == before + inserted + after
    assert merge.content == (b"\xef\xbb\xbf" if document.source.bom else b"") + text.encode()
    old = before + after
    _assert_inserted(_render_plain, old, text, inserted)
    _assert_inserted(render_gfm, old, text, inserted)
    _assert_balanced(render_gfm(inserted))
    _assert_balanced(_render_plain(inserted))
    assert "footnote" not in render_gfm(inserted)
    _assert_headings(inserted, summaries)
    _assert_words(inserted, summaries)
    _assert_entries(document.entries, parse(text).entries, summaries)


def parts(document: Document, merge: SummaryMerge) -> tuple[str, str, str]:
    """Give the old text before and behind the place of insertion, and what was inserted."""
    text = document.source.text
    *stamps, insertion = sorted(merge.patch.edits, key=lambda edit: "Sessions" in edit.text)
    assert len(insertion.span) == 0
    place = insertion.span.start
    before, after = text[:place], text[place:]
    for stamp in stamps:
        line = document.source.line_text(document.source.line_of(stamp.span.start))
        assert re.fullmatch(r"\*\*Last Updated\*\*: [0-9]{4}-[0-9]{2}-[0-9]{2}\s*", line), line
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", stamp.text)
        assert stamp.span.end <= place
        before = before[: stamp.span.start] + stamp.text + before[stamp.span.end :]
    return before, insertion.text, after


def _body(text: str) -> str:
    """Give a text without front matter, lines ending with LF."""
    source = Source(text)
    return re.sub(r"\r\n?", "\n", text[source.line_offset(front_matter_end(source)) :])


def _render_plain(text: str) -> str:
    return str(_PLAIN.render(_body(text)))


def render_gfm(text: str, *, footnotes: bool = True) -> str:
    """Render a text as GitHub does, raw HTML kept."""
    extensions = ["table", "strikethrough", "autolink", "tasklist"]
    options = Options.CMARK_OPT_UNSAFE | (Options.CMARK_OPT_FOOTNOTES if footnotes else 0)
    html = cmarkgfm.markdown_to_html_with_extensions(_body(text), options, extensions)
    return str(html)


def _assert_inserted(render: Callable[[str], str], old: str, new: str, inserted: str) -> None:
    """The new text renders as the old one, with what the new part renders to alone in one place."""
    old_html, new_html, own = render(old), render(new), render(inserted)
    assert len(new_html) == len(old_html) + len(own), "something is rendered otherwise"
    place = next(
        (i for i, (one, other) in enumerate(zip(old_html, new_html, strict=False)) if one != other),
        len(old_html),
    )
    while place >= 0 and old_html[:place] + own + old_html[place:] != new_html:
        place = old_html.rfind("<", 0, place) if place else -1
    assert place >= 0, "something is rendered otherwise"


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def _assert_balanced(html: str) -> None:
    balance = _Balance()
    balance.feed(html)
    balance.close()
    assert not balance.open


def _assert_headings(inserted: str, summaries: Sequence[Summary]) -> None:
    tokens = _PLAIN.parse(_body(inserted))
    headings = [
        (int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    if "Recent Sessions" in headings[0][1]:
        headings.pop(0)
    level = headings[0][0]
    assert headings[0][1].startswith("Parallel Sessions ")
    ids = sorted(int(str(summary.session_id)) for summary in summaries)
    sessions = [text for depth, text in headings if depth == level + 1]
    assert [re.sub(r":.*", "", text) for text in sessions] == [f"Session {found}" for found in ids]
    assert min(depth for depth, _ in headings[1:]) == level + 1


def _assert_words(inserted: str, summaries: Sequence[Summary]) -> None:
    known = set(re.findall(r"\w+", inserted))
    for summary in summaries:
        lost = set(re.findall(r"\w+", summary.body_text)) - known
        assert not lost


def _assert_entries(
    old: Sequence[Entry], new: Sequence[Entry], summaries: Sequence[Summary]
) -> None:
    """All old entries are still read as they were, and the new one stands among them."""
    looks = [_look(entry) for entry in old]
    new_looks = [_look(entry) for entry in new]
    extra = next(
        (i for i, (one, other) in enumerate(zip(looks, new_looks, strict=False)) if one != other),
        len(looks),
    )
    assert new_looks[:extra] + new_looks[extra + 1 :] == looks
    assert len(new[extra].parts) == len(summaries)


def _look(entry: Entry) -> tuple[object, ...]:
    level = entry.heading.level
    return (entry.kind, entry.session_ids, entry.title, entry.date, entry.log, level)
