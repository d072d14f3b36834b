"""A patch as a unified diff that git and patch(1) apply byte for byte."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from handoff_md.text.edit import Edit, Patch
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import encode
from handoff_md.text.span import Span
from handoff_md.value import Value

_CONTEXT_LINES = 3
_BOM = "\ufeff"
_ODD = lazy_pattern(r"[^ !#-\[\]-~]")
_LETTERS = {
    b"\a"[0]: "a", b"\b"[0]: "b", b"\t"[0]: "t", b"\n"[0]: "n", b"\v"[0]: "v", b"\f"[0]: "f",
    b"\r"[0]: "r", b'"'[0]: '"', b"\\"[0]: "\\",
}  # fmt: skip


class _Lines(Value, dict=True, gc=True):
    """A text cut into lines as diff tools do: behind each LF, and nowhere else."""

    text: str

    @cached_property
    def starts(self) -> tuple[int, ...]:
        starts = [0]
        place = self.text.find("\n") + 1
        while place:
            starts.append(place)
            place = self.text.find("\n", place) + 1
        if starts[-1] == len(self.text):
            starts.pop()
        return tuple(starts)

    def offset(self, line: int) -> int:
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def between(self, first: int, end: int) -> str:
        return self.text[self.offset(first) : self.offset(end)]

    def touched(self, span: Span) -> tuple[int, int]:
        """Give the lines (end excluded) that an edit of ``span`` rewrites.

        An insertion at the start of a line rewrites none.
        """
        if span.start == len(self.text) and self.text[-1:] in ("", "\n"):
            return len(self.starts), len(self.starts)
        first = bisect_right(self.starts, span.start) - 1
        if span.start == span.end == self.starts[first]:
            return first, first
        return first, bisect_right(self.starts, max(span.start, span.end - 1))


class _Hunk(Value):
    """A hunk: its first old line (from 0), how many lines it has of each side, and its lines."""

    start: int
    old_count: int
    new_count: int
    lines: tuple[str, ...]


def unified_diff(patch: Patch, name: str, *, creates: bool = False, deletes: bool = False) -> str:
    """Give the patch as a unified diff of ``a/name`` and ``b/name``; empty if nothing changes.

    Lines keep their own endings; a byte order mark stands in the first line, as in the file. Three
    lines of context. With ``creates`` there is no old file, with ``deletes`` no new one. Names are
    quoted as git quotes them.
    """
    mark = _BOM if patch.source.bom else ""
    lines = _Lines(mark + patch.source.text)
    edits = [
        Edit(Span(edit.span.start + len(mark), edit.span.end + len(mark)), edit.text)
        for edit in patch.edits
    ]
    hunks = [hunk for group in _groups(lines, edits) for hunk in _make_hunk(lines, group)]
    if not hunks:
        return ""
    old = "/dev/null" if creates else _header_name(f"a/{name}")
    new = "/dev/null" if deletes else _header_name(f"b/{name}")
    return "".join([f"--- {old}\n", f"+++ {new}\n", *_with_headers(hunks)])


def _header_name(name: str) -> str:
    r"""Write a file's name as git does, so that none can end its line or be cut short.

    One with odd characters stands in quotes, each odd byte of it as in C (``\303``); behind one
    with blanks a tab says where it ends.
    """
    end = "\t" if " " in name else ""
    if not _ODD.search(name):
        return f"{name}{end}"
    quoted = _ODD.sub(lambda match: "".join(map(_escape, encode(match.group()))), name)
    return f'"{quoted}"{end}'


def _escape(byte: int) -> str:
    return f"\\{_LETTERS[byte]}" if byte in _LETTERS else f"\\{byte:03o}"


def _groups(lines: _Lines, edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Give the edits whose hunks would touch or overlap, group by group."""
    group: list[Edit] = []
    for edit in edits:
        if group:
            gap = lines.touched(edit.span)[0] - lines.touched(group[-1].span)[1]
            if gap > 2 * _CONTEXT_LINES:
                yield group
                group = []
        group.append(edit)
    if group:
        yield group


def _make_hunk(lines: _Lines, group: Sequence[Edit]) -> Iterator[_Hunk]:
    """Give the one hunk of a group of edits, or none if they change nothing."""
    first = max(lines.touched(group[0].span)[0] - _CONTEXT_LINES, 0)
    end = min(lines.touched(group[-1].span)[1] + _CONTEXT_LINES, len(lines.starts))
    shown: list[str] = []
    line = first
    for start, stop, edits in _joined(lines, group):
        shown += _prefixed(" ", lines.between(line, start))
        shown += _replaced(lines, start, stop, edits)
        line = stop
    shown += _prefixed(" ", lines.between(line, end))
    if any(text[0] in "+-" for text in shown):
        old = sum(1 for text in shown if text[0] in " -")
        new = sum(1 for text in shown if text[0] in " +")
        yield _Hunk(first, old, new, tuple(shown))


def _joined(lines: _Lines, group: Sequence[Edit]) -> Iterator[tuple[int, int, list[Edit]]]:
    """Give the line ranges that edits rewrite, those that share a line as one."""
    start, stop = lines.touched(group[0].span)
    joined = [group[0]]
    for edit in group[1:]:
        first, end = lines.touched(edit.span)
        if first < stop:
            stop = max(stop, end)
            joined.append(edit)
            continue
        yield start, stop, joined
        start, stop, joined = first, end, [edit]
    yield start, stop, joined


def _replaced(lines: _Lines, start: int, stop: int, edits: Sequence[Edit]) -> list[str]:
    """Give old lines and new ones for a range of lines."""
    base, before = lines.offset(start), lines.between(start, stop)
    pieces: list[str] = []
    done = 0
    for edit in edits:
        pieces += (before[done : edit.span.start - base], edit.text)
        done = edit.span.end - base
    after = "".join([*pieces, before[done:]])
    if before == after:
        return _prefixed(" ", before)
    return _prefixed("-", before) + _prefixed("+", after)


def _prefixed(mark: str, text: str) -> list[str]:
    lines = _Lines(text)
    return [mark + lines.between(number, number + 1) for number in range(len(lines.starts))]


def _with_headers(hunks: Sequence[_Hunk]) -> Iterator[str]:
    """Give the lines of all hunks with their headers, as ``diff -u`` and git number them."""
    offset = 0
    for hunk in hunks:
        old = hunk.start + (1 if hunk.old_count else 0)
        new = hunk.start + offset + (1 if hunk.new_count else 0)
        yield f"@@ -{old},{hunk.old_count} +{new},{hunk.new_count} @@\n"
        for line in hunk.lines:
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        offset += hunk.new_count - hunk.old_count
