"""Text that a person who looks at the rendered document can't see, and an agent reads."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from handoff_md.semantics.summaries.html_balance import VOID
from handoff_md.semantics.summaries.unshown import find_unshown
from handoff_md.syntax.blocks import Token
from handoff_md.syntax.inline import find_raw_html, is_footnote, locate_tokens
from handoff_md.syntax.nodes import Document
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.text.visible import shorten, visible
from handoff_md.value import Value

# Characters that show as nothing (Default_Ignorable_Code_Point, without the bidi controls, which
# HD001 tells of).
# The patterns stand as texts: `re` compiles them when the first one is needed.
_INVISIBLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2064\u206a-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
_FLAG_TAGS = "[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
_BLACK_FLAG, _ZERO_WIDTH_SPACE = "\U0001f3f4", "\u200b"
_SOFT_HYPHEN, _NON_JOINER, _JOINER = "\u00ad", "\u200c", "\u200d"
_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c")
_TAGS = range(0xE0020, 0xE007F)
_VARIANTS, _MORE_VARIANTS = range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)
# Scripts with joined letters or without blanks between words: Hebrew to Mongolian, and what was
# added to them later.
_JOINING = (range(0x0590, 0x1CF6), range(0xA800, 0xAC00), range(0x10A00, 0x11FFF))
_IDEOGRAPHS = (range(0x2E80, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x32000))
_ASCII_END = 0x80

_HTML = (
    r"(?s)<!--(?P<comment>.*?)-->|<[?!](?P<other>[^<>]*)>"
    r"|<(?P<close>/?)(?P<tag>[A-Za-z][\w-]{0,40})(?![\w-])"
    r"(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^<>])*+)>"
)
_TAG = _HTML.replace("<!--", "<!--(?!)")
_UNCLOSED = r"(?s)<!--.*|<[A-Za-z/?!][^<>]*\Z"
# What sets the words before it apart from those behind it.
_BREAK = r"(?i)</?(?:br|p|div|li|td|th|tr|dt|dd|summary)[\s/]*>"
_NEVER_SHOWN = frozenset({"script", "style", "template", "noscript", "title", "head", "datalist"})
_HIDDEN = r"(?i)(?<![\w-])hidden(?![\w-])(?!\s*=\s*[\"']?until-found)"
_VALUES = r"(?i)(?<!hidden=)(?:\"[^\"]*\"|'[^']*')"
_HIDING = (
    r"(?i)display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|(?<![\w-])(?:font-size|opacity|(?:max-)?(?:height|width))\s*:\s*0*\.?0+(?:[a-z%]{1,4})?\s*"
    r"(?=[;\"'}!]|$)|font-size\s*:\s*[01](?:px|pt)"
    r"|(?<![\w-])color\s*:\s*(?:white|transparent|#fff(?:fff)?\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
    r"|(?<![\w-])color\s*=\s*[\"']?(?:white|transparent|#fff(?:fff)?\b)"
    r"|text-indent\s*:\s*-\d{3,}|(?:left|top|right|bottom)\s*:\s*-\d{3,}|clip(?:-path)?\s*:"
)
# What tools read in comments, and nobody else needs to: only words of a fixed form.
_DIRECTIVE = (
    r"(?i)\s*(?:handoff-md:\s*(?:ignore(?:-file)?\s*\[[^\]]*\][^\n]{0,120}|sessions|begin\b[^\n]*|end)"
    r"|markdownlint-(?:disable|enable|capture|restore|configure-file)[\w-]*(?:\s+[\w/-]+)*"
    r"|(?:rumdl|prettier|remark|vale|textlint)[ -][\w./:-]+(?:\s*=\s*\w+)?|/?toc|tocstop"
    r"|omit (?:in|from) toc|more|break)?\s*"
)
_MOST_SHOWN = 40
_MOST_READ = 400
_NEAR = 40
_LABEL = r"\[[^\[\]]*\]"


class Hidden(Value):
    """A hidden piece of a text: where it is, and a clause that says what, the text escaped."""

    span: Span
    what: str


def may_hide(text: str) -> bool:
    """Tell, without parsing it, whether a text may hide anything."""
    return "<" in text or "]:" in text or (not text.isascii() and bool(re.search(_INVISIBLE, text)))


def find_hidden_text(document: Document) -> tuple[Hidden, ...]:
    """Find what a document hides, in its order; at most one finding for the characters of a line.

    Characters that scripts and emoji need are not hidden, and neither are the comments by which
    tools are told what to do.
    """
    text = document.source.text
    found = [] if text.isascii() else list(_find_characters(document.source))
    if "<" in text:
        found += _find_html(document)
    if "]:" in text:
        found += _find_definitions(document)
    return tuple(sorted(found, key=lambda hidden: hidden.span))


def mask_hidden(document: Document) -> str:
    """Give a document's text with NUL for each character that does not show; offsets stay.

    That is all markup that has words of its own, as `find_unshown` tells, tags and comments
    whoever they are for, link definitions, and elements that hide with all that they hold: to the
    end of the text where they do not end. A tag that sets words apart leaves a blank. Invisible
    characters are left to `drop_invisible`.
    """
    text = document.source.text
    pieces: list[str] = []
    end = 0
    for span in sorted(_unseen(document)):
        if span.end > end:
            start = max(span.start, end)
            masked = re.sub(r"[^\r\n]", "\0", text[start : span.end])
            apart = re.fullmatch(_BREAK, text[start : span.end])
            pieces += [text[end:start], f" {masked[1:]}" if apart else masked]
            end = span.end
    return "".join([*pieces, text[end:]])


def drop_invisible(text: str) -> str:
    """Give a text without the invisible characters that have no use where they stand."""
    if text.isascii():
        return text
    return re.sub(
        _INVISIBLE, lambda run: run[0] if _is_of_use(text, run.start(), run.end()) else "", text
    )


def _unseen(document: Document) -> Iterator[Span]:
    """Give the spans of markup, of comments, of link definitions, and of elements that hide."""
    source = document.source
    unshown = list(find_unshown(document))
    yield from (found.span for found in unshown)
    if "]:" in source.text:
        for token in document.blocks.tokens:
            if token.type == "definition" and token.map and not _is_footnote(token):
                first, end = (number + document.first_line for number in token.map)
                yield source.lines_span(first, end)
    if "<" in source.text:
        inline = [found.span.start for found in unshown if found.is_html]
        yield from _unseen_html(document, inline)


def _unseen_html(document: Document, inline: Sequence[int]) -> Iterator[Span]:
    """Give the spans of raw HTML in blocks, and of elements that hide, there and at offsets."""
    text = document.source.text
    known = [match for at in inline if (match := re.compile(_HTML).match(text, at))]
    raw = sorted([*known, *_html_of_blocks(document)], key=re.Match.start)
    hidden = 0
    for match in raw:
        yield Span(*match.span())
        if match["tag"] and match.start() >= hidden and _hides(match):
            hidden = _end_of_element(text, match["tag"], match.end())
            yield Span(match.start(), hidden)
    comments = [match.end() for match in raw if match["comment"] is not None]
    for token in document.blocks.tokens:
        cut_off = _cut_off(document, token) if token.type == "html_block" else None
        if cut_off and text.startswith("<!--", cut_off.start):
            following = bisect_right(comments, cut_off.start)
            yield Span(
                cut_off.start, comments[following] if following < len(comments) else len(text)
            )
        elif cut_off:
            yield cut_off


def _is_footnote(definition: Token) -> bool:
    return is_footnote(str(definition.meta.get("id", "")))


def _cut_off(document: Document, block: Token) -> Span | None:
    """Give what a comment or tag has of a block of HTML that ends in the middle of it."""
    span = _span_of(document, block)
    text = document.source.text
    last = max(text.rfind("-->", span.start, span.end), span.start)
    found = re.compile(_UNCLOSED).search(text, last, span.end)
    return Span(*found.span()) if found else None


def _span_of(document: Document, block: Token) -> Span:
    assert block.map is not None  # noqa: S101 - blocks have a map
    first, end = (number + document.first_line for number in block.map)
    return document.source.lines_span(first, end)


def _hides(tag: re.Match[str]) -> bool:
    if tag["close"]:
        return False
    never = tag["tag"].lower() in _NEVER_SHOWN
    attributes = tag["attributes"]
    names = re.sub(_VALUES, "", attributes)
    return never or any(re.search(*one) for one in ((_HIDDEN, names), (_HIDING, attributes)))


def _end_of_element(text: str, name: str, start: int) -> int:
    """Give where an element ends whose tag ends at ``start``: the text's end where it does not."""
    if name.lower() in VOID:
        return start
    depth = 1
    for tag in re.compile(rf"(?i)<(?P<close>/?){re.escape(name)}(?![\w-])[^<>]*>").finditer(
        text, start
    ):
        depth += -1 if tag["close"] else 1
        if not depth:
            return tag.end()
    return len(text)


def _find_characters(source: Source) -> Iterator[Hidden]:
    """Give the lines with characters that can't be seen, and have no use where they stand."""
    lines: dict[int, list[Span]] = {}
    for match in re.finditer(_INVISIBLE, source.text):
        if not _is_of_use(source.text, match.start(), match.end()):
            span = Span(match.start(), match.end())
            lines.setdefault(source.line_of(match.start()), []).append(span)
    for spans in lines.values():
        hidden = "".join(source.slice(span) for span in spans)
        count = f"{len(hidden)} characters" if len(hidden) > 1 else "a character"
        what = f"{count} that can't be seen, {_name(hidden)}"
        if said := "".join(chr(ord(char) - 0xE0000) for char in hidden if ord(char) in _TAGS):
            what += f", which spell `{visible(shorten(said))}`"
        yield Hidden(Span(spans[0].start, spans[-1].end), what)


def _name(characters: str) -> str:
    shown = "".join(f"<U+{ord(char):04X}>" for char in characters[:_MOST_SHOWN])
    return f"{shown}…" if len(characters) > _MOST_SHOWN else shown


def _is_of_use(text: str, start: int, end: int) -> bool:
    """Tell whether a run of invisible characters does something to the letters around it."""
    run, before, after = text[start:end], text[start - 1 : start], text[end : end + 1]
    if len(run) == 1:
        near = text[max(start - _NEAR, 0) : end + _NEAR]
        return bool(before) and _is_one_of_use(run, before, after, near)
    # The tags of a region's flag; or an emoji's variant, joined to the next emoji.
    is_flag = before == _BLACK_FLAG and re.fullmatch(_FLAG_TAGS, run) is not None
    joins = ord(run[0]) in _VARIANTS and run[1:] == _JOINER
    return is_flag or (joins and _is_symbol(before) and _is_symbol(after))


def _is_one_of_use(char: str, before: str, after: str, near: str) -> bool:
    """Tell it of a single character; ``near`` are those around it."""
    if char in _DIRECTION_MARKS:
        return any(unicodedata.bidirectional(other) in ("R", "AL") for other in near)
    if char == _SOFT_HYPHEN:
        return before.isalpha() and after.isalpha()
    if char == _ZERO_WIDTH_SPACE:
        return all(_is_in(other, _JOINING + _IDEOGRAPHS) for other in (before, after))
    if char in (_NON_JOINER, _JOINER):
        joined = char == _JOINER and _is_symbol(before) and _is_symbol(after)
        return joined or _is_in(before, _JOINING)
    return _is_variant(char, before, after)


def _is_variant(char: str, before: str, after: str) -> bool:
    """Tell whether a variation selector follows what has variants."""
    if ord(char) in _VARIANTS:
        keycap = before in "0123456789#*" and after == "\u20e3"
        return keycap or (ord(before) >= _ASCII_END and not before.isspace())
    return ord(char) in _MORE_VARIANTS and _is_in(before, _IDEOGRAPHS)


def _is_symbol(char: str) -> bool:
    return bool(char) and unicodedata.category(char) in ("So", "Sk", "Sm", "Po", "Cn")


def _is_in(char: str, ranges: tuple[range, ...]) -> bool:
    return bool(char) and any(ord(char) in known for known in ranges)


def _find_html(document: Document) -> Iterator[Hidden]:
    """Give the comments, the elements that are never shown, and those that are told to hide."""
    text = document.source.text
    for match in _raw_html(document):
        span = Span(*match.span())
        inner = match["comment"] if match["comment"] is not None else match["other"]
        if inner is not None:
            if not re.fullmatch(_DIRECTIVE, inner):
                yield Hidden(span, f"a comment, `{_shown(inner)}`")
        elif _hides(match):
            words = match.group() + text[span.end : span.end + _MOST_READ].partition("</")[0]
            yield Hidden(span, f"an element that does not show, `{_shown(words)}`")


def _raw_html(document: Document) -> Iterator[re.Match[str]]:
    """Give the comments and tags where the parser sees raw HTML, links aside."""
    source, tokens = document.source, document.blocks.tokens
    yield from _html_of_blocks(document)
    inline = {
        index
        for index, token in enumerate(tokens)
        if token.type == "inline" and "<" in token.content
    }
    if not inline:
        return
    body = source.line_offset(document.first_line)
    places = locate_tokens(Source(source.text[body:]), tokens, wanted=inline)
    for index, place in places.items():
        for start in find_raw_html(tokens[index].content):
            if match := re.compile(_HTML).match(source.text, body + place.to_source(start)):
                yield match


def _html_of_blocks(document: Document) -> Iterator[re.Match[str]]:
    text = document.source.text
    for token in document.blocks.tokens:
        if token.type == "html_block":
            span = _span_of(document, token)
            # Behind the last end of a comment no search for one may begin: it would read on.
            last = text.rfind("-->", span.start, span.end)
            closed = last + len("-->") if last >= 0 else span.start
            yield from re.compile(_HTML).finditer(text, span.start, closed)
            yield from re.compile(_TAG).finditer(text, closed, span.end)


def _find_definitions(document: Document) -> Iterator[Hidden]:
    """Give the link definitions that nothing refers to, and that lead nowhere or hold words."""
    source = document.source
    labels = Counter(re.findall(_LABEL, source.text.casefold()))
    for token in document.blocks.tokens:
        if token.type != "definition" or not token.map:
            continue
        first, end = (number + document.first_line for number in token.map)
        span = source.lines_span(first, end)
        written = source.slice(span).strip()
        label, _, rest = written.partition("]:")
        label = f"{label[label.find('[') :]}]".casefold()
        words = rest.split()
        leads = bool(words) and words[0] not in ("#", "<>")
        if leads and len(words) == 1:
            continue
        if labels[label] <= 1:
            place = Span(span.start, span.start + len(written))
            yield Hidden(place, f"a definition that nothing refers to, `{_shown(written)}`")


def _shown(text: str) -> str:
    return visible(shorten(" ".join(text.split()))).replace("`", "'")
