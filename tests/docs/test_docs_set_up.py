from __future__ import annotations

import datetime as dt
import re
import tomllib

from documentation import PAGES, ROOT, rows_below, sections_of

from handoff_md.app.setup.texts import GUIDE_PAGE, PROTOCOL_PAGE, installed_text, read_page
from handoff_md.config import Config
from handoff_md.sessions.template import LogFacts, render_log
from handoff_md.syntax.session_id import SessionId

CHECKUP = sorted((ROOT / "handoff_md" / "app" / "checkup").glob("*.py"))


def test_what_is_installed_is_short() -> None:
    # Agents read it as they begin: what only some need stands on other pages.
    for page in (PROTOCOL_PAGE, GUIDE_PAGE):
        text = installed_text(page, Config())
        beginning, _, _ = text.partition("\n## ")
        assert len(beginning.splitlines()) <= 26
        assert len(text.split()) < 900


def test_the_documented_checklists_are_those_of_a_new_log() -> None:
    facts = LogFacts(
        session_id=SessionId("01", 1),
        title="",
        date=dt.date(2025, 12, 18),
        agent="",
        orchestrator="",
        branch="",
        commit="",
        handoff=Config().handoff,
        evidence="",
    )
    log = render_log(facts, None, start_rows=(), end_rows=())
    made = re.findall(r"^\| (MUST|SHOULD) \| (.*?) \| \[", log, re.MULTILINE)
    section = next(s for s in sections_of(ROOT / "docs/sessions.md") if s.heading == "The log")
    assert [(req, step) for _, req, step, _ in section.rows] == made


def test_every_finding_is_documented_and_no_other() -> None:
    code = "".join(path.read_text("utf-8") for path in CHECKUP)
    known = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"(?:, Urgency\.|, level,| if )', code))
    known |= set(re.findall(r'_damaged\("([a-z-]+)"', code))
    known |= set(re.findall(r'name = "([a-z-]+)"', code)) | set(
        re.findall(r'else "([a-z-]+)"', code)
    )
    rows = rows_below("docs/set-up.md", "What doctor finds")
    documented = {name for cell in rows for name in re.findall(r"`([a-z-]+)`", cell)}
    assert documented == known


def test_the_wheel_holds_the_pages_that_are_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {
        f"docs/{page}": f"handoff_md/texts/{page}" for page in (PROTOCOL_PAGE, GUIDE_PAGE)
    }


def test_what_is_installed_are_the_pages_of_the_documentation() -> None:
    for page in (PROTOCOL_PAGE, GUIDE_PAGE):
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert read_page(page) == text
        kept = set(installed_text(page, Config()).splitlines())
        changed = [line for line in text.splitlines() if line not in kept]
        assert all(re.search(r"^ *<!--|\]\([\w-]+\.md", line) for line in changed), changed


def test_links_of_what_is_installed_lead_to_its_own_files_or_online() -> None:
    names = {page.name for page in PAGES}
    for page in (PROTOCOL_PAGE, GUIDE_PAGE):
        for href in re.findall(r"\]\(([^)\s]+)\)", installed_text(page, Config())):
            target = href.partition("#")[0]
            if target.startswith("https://github.com/handoff-md/"):
                assert target.rpartition("/")[2] in names
            elif target and not target.startswith("./"):
                assert target in ("SESSION-PROTOCOL.md", "ORCHESTRATOR.md")
