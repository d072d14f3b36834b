"""Front matter as agents write it: what is read without YAML is what YAML reads."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff_md.syntax.front_fields import FrontMatter, _read_plain, read_front_matter
from handoff_md.syntax.front_matter import STRICT_KEYS, front_matter_end
from handoff_md.syntax.summary import Status, parse_summary
from handoff_md.text.source import Source

KEYS = st.sampled_from(["session", "title", "date", "agent", "status", "log", "Status", "note"])
WORDS = ("a", "B c", "19", "in-progress", "2025-12-18", "\u200b", "\u2028", "\ufeff", "😀", "''")
MARKS = (": ", " #", "- ", "  ", "\n ", "\n  b: ", "\nstatus: ", "\n\n")
PIECES = st.sampled_from([*" \t:#-'\"[]{},&*!|>%@`?~\\=.é—/", *WORDS, *MARKS])
VALUES = st.lists(PIECES, max_size=6).map("".join)
LINES = st.one_of(
    st.builds("{}:{}{}".format, KEYS, st.sampled_from([" ", "", "  ", "\t"]), VALUES),
    st.builds('"{}": {}'.format, KEYS, VALUES),
    st.builds("  {}: {}".format, KEYS, VALUES),
    VALUES.map("# {}".format),
    VALUES,
)
BLOCKS = st.lists(LINES, min_size=1, max_size=5).map("\n".join)


def by_yaml(text: str) -> dict[str, str] | None:
    """Give the texts of a mapping as PyYAML reads them; None where it has none, or a key twice."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError):
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    texts = [
        (key.value.strip().lower(), value.value)
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    ]
    return dict(texts) if len(dict(texts)) == len(texts) else None


def read(text: str) -> FrontMatter:
    return read_front_matter(Source(f"---\n{text}\n---\nBody.\n"))


@given(BLOCKS)
@settings(max_examples=150, deadline=None)
def test_lines_that_are_read_without_yaml_are_read_as_by_yaml(text: str) -> None:
    entries = _read_plain(Source(text).text.split("\n"))
    if entries and len({entry.key for entry in entries}) == len(entries):
        assert {entry.key: entry.value for entry in entries} == by_yaml(text)


@given(BLOCKS)
@settings(max_examples=150, deadline=None)
def test_a_field_that_the_tool_goes_by_is_read_as_by_yaml_or_is_a_problem(text: str) -> None:
    found = read(text)
    if found.problems or not found.end:
        return
    block = "\n".join(f"---\n{text}\n---\n".split("\n")[1 : found.end - 1])
    known = by_yaml(block)
    if known is not None:
        values = {key: found.fields[key].value for key in STRICT_KEYS & found.fields.keys()}
        assert values == {key: known[key] for key in STRICT_KEYS & known.keys()}


@pytest.mark.parametrize("status", ["in-progress", "In Progress"])
@pytest.mark.parametrize(
    "form",
    [
        "---\nsession: 19\nSTATUS: {}\n---\n",
        "---\n  session: 19\n  status: {}\n---\n",
        "---\nsession: 19\nstatus:\n  {}\n---\n",
        "---\nsession: 19\nstatus: >-\n  {}\n---\n",
        "---\n'session': 19\n\"status\": '{}' # not done\n---\n",
        "---\n{{session: 19, status: {}}}\n---\n",
        "---\n# first\nstatus: {}\n---\n",
        "---\n\nstatus: {}\n---\n",
        "---\n? status\n: {}\n---\n",
        "---\nstatus: !!str &a {}\n---\n",
        "---\ntitle: Fix: the thing\nstatus: {}\n---\n",
        "---\ntitle: *all* of it\nagent: @me\nstatus: {}\n---\n",
        "\ufeff---\r\nsession: 19\r\nstatus: {}\r\n...\r\n",
        "# Session 19: T\n\n**Status**: {}\n",
        "# Session 19: T\n\n- **Status:** 🚧 {} (CI is red)\n",
        "Status: {}\n",
    ],
)
def test_an_unfinished_summary_is_known_in_every_form(form: str, status: str) -> None:
    summary = parse_summary(f"{form.format(status)}\nBody.\n", name="handoff-session-19-summary.md")
    assert (summary.status, summary.problems) == (Status.IN_PROGRESS, ())


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("---\nsession: 19\nstatus:in-progress\n---\n", "can't be read", 3),
        ("---\nstatus:in-progress\n---\n", "can't be read", 2),
        ("---\nsession: 19\n\tstatus: in-progress\n---\n", "can't be read", 3),
        ("---\nsession: 19\n- status: in-progress\n---\n", "can't be read", 3),
        ("---\n- session: 19\n- status: in-progress\n---\n", "can't be read", 2),
        ("---\nsession: 19\nstatus = in-progress\n---\n", "can't be read", 3),
        ("---\nsession: 19\nstatus\u00a0: x\nstatus\uff1ain-progress\n---\n", "can't be read", 4),
        ("---\nstatus: complete\nStatus: in-progress\n---\n", "more than once", 3),
        ("---\nstatus: [in-progress]\n---\n", "no text", 2),
        ("---\nbase: &b {status: in-progress}\n<<: *b\n---\n", "no text", 3),
        ("---\nwork:\n  status: in-progress\n---\n", "does not count", 3),
        ('---\ntitle: "T\nstatus: in-progress"\n---\n', "does not count", 3),
        ("---\nsession: 19\nstate: in-progress\n---\n", "write it as `status: in-progress`", 3),
        ("---\n\u200bstatus: in-progress\n---\n", "write it as `status: in-progress`", 2),
        ("---\nstatus: in-progress\n", "does not end", 1),
        ("\n---\nstatus: in-progress\n---\n", "does not count", 3),
        ("<!-- a\nb -->\n---\nstatus: in-progress\n---\n", "does not count", 4),
        ("----\nstatus: in-progress\n----\n", "does not count", 2),
        ("+++\nstatus = 'in-progress'\n+++\n", "does not count", 2),
        ("```yaml\n---\nstatus: in-progress\n---\n```\n", "does not count", 3),
        ("```yaml\nstatus: in-progress\n```\n", "does not count", 2),
        ("---\nsession: 19\n---\nstatus: in-progress\n---\n", "does not count", 4),
        ("---\nsession: 19\n---\n---\nstatus: in-progress\n---\n", "does not count", 5),
        ("---\nnote: x\nstatus: " + "[" * 40 + "]" * 40 + "\n---\n", "can't be read", 3),
        (
            "---\na: &a [x]\n" + "".join(f"k{n}: [*a,*a]\n" for n in range(3000)) + "---\n",
            "can't",
            2,
        ),
    ],
)
def test_what_is_no_front_matter_and_was_meant_as_such_is_told_with_its_line(
    text: str, words: str, line: int
) -> None:
    summary = parse_summary(f"{text}\n# T\n\nBody.\n", name="handoff-session-19-summary.md")
    told = "; ".join(summary.problems)
    assert words in told
    assert f"line {line}" in told or f"and {line}" in told


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nNote: prose between rules.\n\n---\n",
        "---\n",
        "# T\n\n---\n\nstatus: of the work\n",
        "---\nsession: 19\n---\n\nStatus: all is green.\n\nDate: soon.\n",
        "```yaml\nname: ci\n```\n",
        "---\nsession: 19\n---\n\n**Status**: ✅ Complete\n",
        "---\nnested:\n  key: no\n---\n",
    ],
)
def test_prose_is_no_front_matter(text: str) -> None:
    summary = parse_summary(text, name="handoff-session-19-summary.md")
    assert (summary.problems, summary.status) == ((), Status.COMPLETE)


def test_a_title_is_taken_as_it_stands_where_yaml_refuses_it() -> None:
    for title in ("Fix: the thing", "`code` first", "*all* of it", "- x", "[a] b", "100 %: x"):
        assert read(f"title: {title}\nstatus: partial").get("title") == title
    assert read("title: >\n  Folded\n  title").get("title") == "Folded title"
    assert read("title: [x]").get("title") == "[x]"
    assert front_matter_end(Source("---\nlayout: x\n 'y\n---\n")) == 4
