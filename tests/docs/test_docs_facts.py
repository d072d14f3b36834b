from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from documentation import PAGES, ROOT, Fence, fences_of, rows_below

from handoff_md.answer import write_answer
from handoff_md.app.merge.report import MergeReport, MergeStatus, SessionReport
from handoff_md.config import Config, read_config
from handoff_md.git.setup import DRIVER
from handoff_md.linter.options import LintOptions
from handoff_md.linter.reporters import Format
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.merge.summaries import merge_summaries
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import parse_summary

DOCUMENT = (
    "# Handoff\n\n## Recent Sessions\n\n### 2025-12-17: Before (Session 18)\n\n- Text.\n\n"
    "[spec]: https://example.org/spec\n"
)
DATE = dt.date(2025, 12, 18)
HEADED = "# Session 19: Title\n\n"
DEEP = "## A\n\n### B\n\n#### C\n\nText.\n"

REPAIRED = {
    "headings": HEADED + "## A\n\nText.\n",
    "headings that would pass the sixth level": HEADED + DEEP,
    "underlined (setext) headings": HEADED + "A\n---\n\nText.\n",
    "a code block that never ends": HEADED + "```\ncode\n",
    "an open comment, `<script>`, or tags that are not balanced": HEADED + "<!-- open\n\nText.\n",
    "tags in an image's alternative text": HEADED + "<s>![a</s>](a.png) b\n",
    "`<Panel/>`, and other tags that only a slash would close": HEADED + "Use <Panel/>.\n",
    "HTML or footnotes that only the hosting sites read, "
    "`<h3>` as high as the session's own heading": HEADED + "<h3>A</h3>\n",
    "tabs and lines of spaces that parsers count differently": HEADED
    + "- \n  \n  ```\n  code\n  ```\n\n>> - \t<!-- b -->\n\n- \n  \n  ~~~\n\nText.\n",
    "balanced HTML, such as `<details>…</details>` in one block": HEADED
    + "<details>\nText.\n</details>\n",
    "link references and definitions (`[a]`, `[a]: url`)": HEADED
    + "See [a].\n\n[a]: https://example.org\n",
    "brackets that a definition of HANDOFF.md would turn into links": HEADED + "See [spec].\n",
    "footnotes": HEADED + "Text.[^1]\n",
    "a relative link, written from elsewhere": HEADED + "See [a](docs/a.md).\n",
    "a relative link to nothing": HEADED + "See [a](nowhere.md).\n",
    "front matter, byte order mark, CR line endings": "\ufeff---\nsession: 19\n---\n# T\r\rT.\r",
    "a title of several lines, or one that ends in `#`": "C #\nand more\n===\n\nText.\n",
}
REFUSED: dict[str, str | bytes] = {
    "a conflict marker outside of code": HEADED + "<<<<<<< HEAD\n",
    "a control character: of a terminal, of the direction of text, or a line separator": HEADED
    + "\x1b[0m\n",
    "a byte that is not UTF-8": HEADED.encode() + b"\xff\n",
    "what the hosting sites would still read otherwise": HEADED
    + "A\n    - b | c\n      --- | ---\n      d\ne |\n---\n",
    "lists or quotes that nest too deep": HEADED + ">" * 50 + " deep\n",
    "no text": HEADED,
    "no title": "Text.\n",
    "ids that disagree": "---\nsession: 20\n---\n# Title\n\nText.\n",
    "an unknown status": "---\nstatus: done\n---\n# Title\n\nText.\n",
    "a date that is none": "---\ndate: yesterday\n---\n# Title\n\nText.\n",
    "front matter that YAML can't read either": "---\ntitle: T\nstatus:partial\n---\n\nText.\n",
    "a field that stands twice": "---\nstatus: partial\nstatus: complete\n---\n# T\n\nText.\n",
}
SUMMARIES = [
    fence
    for page in PAGES
    for fence in fences_of(page)
    if fence.language == "markdown" and fence.text.startswith("---\nsession:")
]


def merge_one(text: str | bytes) -> SessionOutcome:
    summary = parse_summary(text, name=".agents/temp/handoff-session-19-summary.md")
    merged = merge_summaries(
        parse(DOCUMENT),
        [summary],
        orchestrator="22",
        date=DATE,
        surroundings=Surroundings(exists=lambda _summary, path: path == "docs/a.md"),
    )
    return merged.sessions[0]


@pytest.mark.parametrize("construct", REPAIRED)
def test_a_repair_is_noted_as_documented(construct: str) -> None:
    _, note = rows_below("docs/summaries.md", "What happens to the text")[construct]
    outcome = merge_one(REPAIRED[construct])
    notes = [words for words in outcome.notes if words != "has no session log"]
    assert outcome.outcome is Outcome.MERGED, outcome.problems
    assert notes == [] if note == "none" else note.strip("`") in notes


@pytest.mark.parametrize("construct", REFUSED)
def test_a_refusal_reads_as_documented(construct: str) -> None:
    (problem,) = rows_below("docs/summaries.md", "What is refused")[construct]
    outcome = merge_one(REFUSED[construct])
    assert outcome.outcome is Outcome.INVALID
    line = re.compile("line [0-9]+")
    said = [line.sub("line N", found) for found in outcome.problems]
    assert said == [line.sub("line N", problem.strip("`").strip())]


def test_each_documented_construct_has_an_example_here() -> None:
    assert set(rows_below("docs/summaries.md", "What happens to the text")) == set(REPAIRED)
    assert set(rows_below("docs/summaries.md", "What is refused")) == set(REFUSED)


@pytest.mark.parametrize("fence", SUMMARIES, ids=lambda fence: fence.where)
def test_a_documented_summary_can_be_merged(fence: Fence) -> None:
    outcome = merge_one(fence.text)
    assert (outcome.outcome, outcome.problems) == (Outcome.MERGED, ())


def test_there_are_documented_summaries() -> None:
    assert {fence.page for fence in SUMMARIES} == {"docs/SESSION-PROTOCOL.md", "docs/summaries.md"}


def test_the_documented_section_is_what_is_written() -> None:
    shown = next(f.text for f in fences_of(ROOT / "docs/format.md") if f.language == "markdown")
    sources = {
        "19": ("constraints", "Consolidate the project constraints"),
        "20": ("parser", "Write the parser"),
        "21": ("research", "Compare the libraries"),
    }
    bodies = re.findall(r"^\*\*Session Log\*\*.*\n\n(.*)\n", shown, re.MULTILINE)
    summaries, logs = [], {}
    for (number, (slug, title)), body in zip(sources.items(), bodies, strict=True):
        name = f".agents/temp/handoff-session-{number}-summary.md"
        summaries.append(parse_summary(f"# {title}\n\n{body}\n", name=name))
        logs[name] = SessionLog(f".agents/sessions/2025-12-18-session-{number}-{slug}.md")
    merged = merge_summaries(
        parse(DOCUMENT),
        summaries,
        orchestrator="22",
        date=DATE,
        options=MergeOptions(),
        surroundings=Surroundings(logs=logs),
    )
    assert f"## Recent Sessions\n\n{shown}\n### 2025-12-17" in merged.content.decode()


def test_configuration_keys_are_documented_with_their_defaults() -> None:
    rows = rows_below("docs/configuration.md", "Keys")
    documented = {
        key.strip("`"): tomllib.loads(f"value = {cells[0].strip('`')}")["value"]
        for key, cells in rows.items()
    }
    defaults = {name.replace("_", "-"): getattr(Config(), name) for name in Config._fields}
    del defaults["lint"]  # its table is documented below
    known = {
        key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()
    }
    assert documented == known


def test_the_linters_keys_are_documented_with_their_defaults() -> None:
    rows = rows_below("docs/configuration.md", "The linter's table")
    documented = {
        key.strip("`"): tomllib.loads(f"value = {cells[0].strip('`')}")["value"]
        for key, cells in rows.items()
    }
    options = LintOptions()
    names = [name for name in LintOptions.__struct_fields__ if name != "profile"]
    assert documented == {
        name.replace("_", "-"): list(value) if isinstance(value, tuple) else value
        for name, value in ((name, getattr(options, name)) for name in names)
    }


def test_documented_configuration_files_are_understood() -> None:
    page = ROOT / "docs" / "configuration.md"
    tables = [tomllib.loads(f.text) for f in fences_of(page) if f.language == "toml"]
    read = [read_config(table.get("tool", {}).get("handoff-md", table), "") for table in tables]
    assert [config.handoff for config in read[:2]] == ["docs/HANDOFF.md"] * 2
    linter = read[2].lint
    assert linter
    assert linter.per_file_ignores == {"2025-*": ("missing-checklist",)}


def test_the_json_of_a_merge_has_the_documented_fields() -> None:
    outcome = SessionOutcome(SessionId("19", 19), "Title", Outcome.MERGED)
    answer = MergeReport(
        MergeStatus.MERGED, "HANDOFF.md", "22", sessions=(SessionReport(outcome, None, None),)
    ).to_json()
    report = json.loads(write_answer(answer))
    page = "docs/exit-codes-and-json.md"
    shown = next(json.loads(f.text) for f in fences_of(ROOT / page) if f.language == "json")
    assert list(shown) == list(report)
    sessions = report["sessions"]
    assert list(shown["sessions"][0]) == list(sessions[0])
    text = (ROOT / page).read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)
    assert set(report) | set(sessions[0]) <= set(rows)


def test_the_json_of_show_has_the_documented_fields(tmp_path: Path) -> None:
    document = tmp_path / "HANDOFF.md"
    document.write_text(DOCUMENT)
    command = [sys.executable, "-m", "handoff_md", "show", "--json", str(document)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    shown = json.loads(done.stdout)
    page = "docs/exit-codes-and-json.md"
    documented = [
        re.findall(r"[a-z_]+", " ".join(rows_below(page, "show --json", table=number)))
        for number in (0, 1)
    ]
    assert documented[0] == list(shown)
    assert sorted(documented[1]) == sorted(shown["entries"][0])


def test_all_statuses_are_documented() -> None:
    text = (ROOT / "docs" / "exit-codes-and-json.md").read_text("utf-8")
    documented = set(re.findall(r"`([a-z-]+)`", text))
    assert set(MergeStatus) | set(Outcome) <= documented


def test_the_merge_driver_is_registered_as_it_is_documented() -> None:
    page = next(page for page in PAGES if page.name == "merging.md")
    example = next(
        fence.text for fence in fences_of(page) if "merge.handoff-md.driver" in fence.text
    )
    assert f"'{DRIVER}'" in example


def test_each_format_of_findings_is_documented_wherever_formats_are_named() -> None:
    names = [str(chosen) for chosen in Format]
    assert [row.strip("`") for row in rows_below("docs/lint.md", "Formats")] == names
    options = rows_below("docs/commands.md", "`handoff-md lint`")
    (told,) = next(cells for option, cells in options.items() if "--output-format" in option)
    assert re.findall(r"`([a-z-]+)`", told) == names
    action = (ROOT / ".github/actions/lint/action.yml").read_text("utf-8")
    assert f"The format of what is printed ({', '.join(names)})." in action
