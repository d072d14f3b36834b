"""Each folder of fixtures/lint/CODE is a document, with what its rule finds and fixes there.

A case holds ``input.md`` (byte for byte), ``expected.txt``, and ``fixed.md`` where the rule fixes
something. ``expected.txt`` has a line for each finding, or says ``nothing``::

    7:5-7:44 error Session 19 is already entered in line 3 [unsafe fix]

``case.toml`` may say what is around it; all keys are optional::

    kind = "log"                # handoff (default), summary, log, protocol, ignore
    path = ".agents/HANDOFF.md"
    rules = ["HE002"]           # rules that run beside it
    unsafe = false              # leave out unsafe fixes
    files = [".agents/sessions/2025-12-18-session-19-cache.md"]   # what exists; logs among them
    unknown-commits = ["1234567"]
    handoff = "text of the handoff document"
    summaries-ignored = false
    [anchors]
    ".agents/HANDOFF.md" = ["status"]
    [titles]
    ".agents/sessions/2025-12-18-session-19-cache.md" = "Cache the look-ups"
    [options]                   # as in the configuration's table [lint], and profile
    profile = "read-only"
    required-fields = ["Status"]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cases import cases, expect, settings

from handoff_md.linter.context import Context, LintSurroundings
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.engine import check_page
from handoff_md.linter.fixer import fix_page
from handoff_md.linter.options import Layout, read_options
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import list_rules, load_rules
from handoff_md.semantics.logs.own_log import index_logs

_FOLDER = Path(__file__).parent.parent / "fixtures/lint"
_CASES = [
    pytest.param(*case.values, id=f"{code.name}-{case.id}")
    for code in sorted(_FOLDER.iterdir())
    for case in cases(f"lint/{code.name}")
]
_PATHS = {
    PageKind.HANDOFF: ".agents/HANDOFF.md",
    PageKind.SUMMARY: ".agents/temp/handoff-session-19-summary.md",
    PageKind.LOG: ".agents/sessions/2025-12-18-session-19-cache.md",
    PageKind.PROTOCOL: ".agents/SESSION-PROTOCOL.md",
    PageKind.IGNORE: ".gitignore",
}


@pytest.mark.parametrize("case", _CASES)
def test_a_rule_finds_and_fixes_what_its_case_expects(case: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    wanted = settings(case)
    rules = load_rules([case.parent.name, *wanted.get("rules", ())])
    page, context = _page(case, wanted), _context(wanted)
    found = check_page(page, rules, context)
    lines = [_line(diagnostic) for diagnostic in found] or ["nothing"]
    expect(
        case, "expected.txt", "".join(f"{line}\n" for line in lines).encode(), update=update_golden
    )
    unsafe = wanted.get("unsafe", True)
    fixed = fix_page(page, rules, context, unsafe=unsafe)
    if not fixed.fixed:
        assert fixed.page.raw.to_bytes() == page.raw.to_bytes()
        assert not (case / "fixed.md").exists(), "nothing is fixed"
        return
    expect(case, "fixed.md", fixed.page.raw.to_bytes(), update=update_golden)
    again = fix_page(fixed.page, rules, context, unsafe=unsafe)
    assert not again.fixed
    assert again.remaining == fixed.remaining


def _line(found: Diagnostic) -> str:
    fix = f" [{found.fix.safety} fix]" if found.fix else ""
    return f"{found.start}-{found.end} {found.severity} {found.message}{fix}"


def _page(case: Path, wanted: dict[str, Any]) -> Page:
    kind = PageKind(wanted.get("kind", "handoff"))
    return make_page(kind, wanted.get("path", _PATHS[kind]), (case / "input.md").read_bytes())


def _handoff(text: str) -> Page:
    return make_page(PageKind.HANDOFF, _PATHS[PageKind.HANDOFF], text)


def _context(wanted: dict[str, Any]) -> Context:
    options = dict(wanted.get("options", {}))
    profile = options.pop("profile", "append")
    files, anchors = wanted.get("files", []), wanted.get("anchors", {})
    logs = index_logs(path for path in files if path.startswith(f"{Layout().sessions}/"))
    unknown = frozenset(wanted.get("unknown-commits", []))
    around = LintSurroundings(
        exists=lambda path: any(path == known or known.startswith(f"{path}/") for known in files),
        logs=lambda: logs,
        reachable_logs=lambda: logs,
        anchors=lambda path: frozenset(anchors[path]) if path in anchors else None,
        unknown_commits=unknown.intersection,
        handoff=lambda: _handoff(wanted["handoff"]) if "handoff" in wanted else None,
        log_title=wanted.get("titles", {}).get,
        summaries_ignored=lambda: wanted.get("summaries-ignored"),
    )
    read = read_options(options, "options", profile=profile)
    return Context(read, Layout(), around, frozenset(list_rules()))
