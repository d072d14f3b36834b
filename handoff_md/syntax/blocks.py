"""markdown-it's block structure of a text: the authority on what is a block, and where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt, rules_block
from markdown_it.common.utils import normalizeReference
from markdown_it.ruler import Ruler
from msgspec import field

from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import NEWLINE, holds_surrogates
from handoff_md.value import Value

if TYPE_CHECKING:
    from markdown_it.parser_block import RuleFuncBlockType
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token
else:
    Token = object

__all__ = [
    "Blocks",
    "Reference",
    "Token",
    "new_parser",
    "normalize_label",
    "parse_blocks",
    "readable",
]

_MAX_NESTING = 100
_DEEPEST_LEVEL = 40
_MARKER = r"[ \t]*(?:>|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t]))"
_MANY_MARKERS = lazy_pattern(
    rf"(?:^|(?<=\r))(?P<indent>[ \t]*+)(?:{_MARKER}){{17}}[^\n\r]*", re.MULTILINE
)
# What 17 markers in a row always hold: searching for it is five times faster than for them.
_MARKER_RUN = lazy_pattern(r"[>+*.)-][ \t]*[0-9>+*-][ \t>+*.)0-9-]{14}")
_RULE = lazy_pattern(r"[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})")
_SURROGATES = lazy_pattern(r"[\ud800-\udfff]")
# A line that can underline a heading: it holds nothing else, in whatever quote or list it stands.
_UNDERLINE = lazy_pattern(r"\n[ \t>]*(?:=+|-+)[ \t]*(?=\n|\Z)")
_CODE = frozenset({"fence", "code_block"})

# What a block of each rule begins with, behind its indentation. A rule that is not listed here is
# asked of every line.
_FIRST = {
    rules_block.fence: "`~",
    rules_block.blockquote: ">",
    rules_block.hr: "*-_",
    rules_block.list_block: "*+-0123456789",
    rules_block.reference: "[",
    rules_block.html_block: "<",
    rules_block.heading: "#",
}
_CHARACTERS = frozenset("".join(_FIRST.values()))


class Reference(Value):
    """Where a link definition points: the destination as the parser normalises it, and a title."""

    href: str
    title: str


class Blocks(Value):
    """The block tokens of a text, in its order; maps count lines from 0.

    ``references`` are the link definitions, the first of each label, keyed by the label as the
    parser normalises it. ``too_deep`` is the first line (from 0) that nests too deep to be parsed
    safely; then there are no tokens.
    """

    tokens: tuple[Token, ...]
    references: Mapping[str, Reference] = field(default_factory=dict)
    too_deep: int | None = None


def new_parser() -> MarkdownIt:
    """Make a parser of CommonMark with tables, which shows link definitions as tokens.

    The nesting limit is raised from 20, at which a list ten deep would swallow what follows.
    """
    options = {"maxNesting": _MAX_NESTING, "inline_definitions": True}
    return MarkdownIt("commonmark", options).enable("table")


@cache
def _block_parser(*, underlined: bool = True) -> MarkdownIt:
    """Make the parser of blocks; whether headings may be underlined costs it a tenth of its time.

    It would look at each paragraph's lines twice.
    """
    unasked = ["inline", "text_join"] if underlined else ["inline", "text_join", "lheading"]
    return choose_by_line(new_parser().disable(unasked))


def _may_underline(text: str) -> bool:
    """Tell whether a line that could underline a heading stands right below words."""
    return "\r" in text or any(
        text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip(" \t")
        for match in _UNDERLINE.finditer(text)
    )


def readable(text: str) -> str:
    """Give the text with each undecodable byte as one replacement character: same offsets."""
    return _SURROGATES.sub("\ufffd", text) if holds_surrogates(text) else text


def normalize_label(label: str) -> str:
    """Give a link label as the parser compares labels (CommonMark, section 4.7)."""
    return str(normalizeReference(label))


def parse_blocks(text: str) -> Blocks:
    """Parse block structure only; inline tokens hold their content and have no children.

    Total. More than 16 container markers on one line, or tokens 40 levels deep, are not parsed:
    quotes nested 48 deep with lazy lines take the parser seconds, and deeper ones far longer.
    """
    clean = readable(text)
    deep = _find_deep_line(clean)
    if deep is not None:
        return Blocks((), too_deep=deep)
    env: dict[str, dict[str, dict[str, str]]] = {}
    tokens = tuple(_block_parser(underlined=_may_underline(clean)).parse(clean, env))
    for token in tokens:
        if token.level >= _DEEPEST_LEVEL:
            return Blocks((), too_deep=token.map[0] if token.map else 0)
    references = {
        label: Reference(found["href"], found["title"])
        for label, found in env.get("references", {}).items()
    }
    return Blocks(tokens, references)


def _find_deep_line(text: str) -> int | None:
    """Give the first line (from 0) with too many markers that is not in top-level code.

    A line inside a top-level code block has no say in the structure, so a look at the text with
    all such lines made harmless tells which of them are inside one.
    """
    suspects = [match for match in find_crowded_lines(text) if not _is_rule(match)]
    if not suspects:
        return None
    harmless = _MANY_MARKERS.sub(
        lambda match: match.group() if _is_rule(match) else f"{match['indent']}x", text
    )
    code = {
        line
        for token in _block_parser().parse(harmless)
        if token.level == 0 and token.type in _CODE and token.map
        for line in range(*token.map)
    }
    starts = [0, *(newline.end() for newline in NEWLINE.finditer(text))]
    lines = (bisect_right(starts, match.start()) - 1 for match in suspects)
    return next((line for line in lines if line not in code), None)


def find_crowded_lines(text: str) -> Iterator[re.Match[str]]:
    """Give each line that starts with 17 container markers or more, in time linear in the text."""
    line = looked = checked = 0
    for run in _MARKER_RUN.finditer(text):
        newline = max(text.rfind(char, looked, run.start()) for char in "\r\n")
        looked = run.start()
        line = newline + 1 if newline >= 0 else line
        if line >= checked and (match := _MANY_MARKERS.match(text, line)):
            yield match
        checked = line + 1


def _is_rule(match: re.Match[str]) -> bool:
    return _RULE.fullmatch(match.group()) is not None


def choose_by_line(parser: MarkdownIt) -> MarkdownIt:
    """Have a parser, whose rules are chosen, ask a line only what it may begin. Gives it back.

    The blocks that it finds are the same, in four fifths of the time.
    """
    parser.block.ruler = _LineRules(parser.block.ruler)
    return parser


class _LineRules(Ruler["RuleFuncBlockType"]):
    """Block rules, of which each chain is one that knows which of its own a line may begin."""

    def __init__(self, rules: Ruler[RuleFuncBlockType]) -> None:
        super().__init__()
        self.__rules__ = rules.__rules__
        self._chains: dict[str, list[RuleFuncBlockType]] = {}

    def getRules(self, chainName: str = "") -> list[RuleFuncBlockType]:  # noqa: N802, N803 - markdown-it's name
        """Give the only rule of a chain."""
        if chainName not in self._chains:
            self._chains[chainName] = [_choose(super().getRules(chainName))]
        return self._chains[chainName]


def _choose(rules: Sequence[RuleFuncBlockType]) -> RuleFuncBlockType:
    """Make one rule of many, which asks them in their order."""
    every = tuple(rule for rule in rules if rule not in _FIRST)
    chosen = {
        character: tuple(rule for rule in rules if character in _FIRST.get(rule, character))
        for character in _CHARACTERS
    }

    def ask(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        at = state.bMarks[start] + state.tShift[start]
        for rule in chosen.get(state.src[at : at + 1], every):
            if rule(state, start, end, silent):
                return True
        return False

    return ask
