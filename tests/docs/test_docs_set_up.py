from __future__ import annotations

import re
import tomllib

from documentation import PAGES, ROOT, rows_below

from handoff_md.app.setup.texts import GUIDE_PAGE, PROTOCOL_PAGE, installed_text, read_page
from handoff_md.config import Config

CHECKUP = sorted((ROOT / "handoff_md" / "app" / "checkup").glob("*.py"))


def test_every_finding_is_documented_and_no_other() -> None:
    code = "".join(path.read_text("utf-8") for path in CHECKUP)
    known = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"(?:, Urgency\.|, level,| if )', code))
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
