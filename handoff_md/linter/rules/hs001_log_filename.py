"""HS001: a session log's file name does not have the documented form."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import read_log_name
from handoff_md.syntax.title import read_title
from handoff_md.text.pattern import lazy_pattern

_OTHER_NAME = lazy_pattern(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})-session-(?P<rest>.+)\.md")


@rule("HS001", "log-filename", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A session log is not named `YYYY-MM-DD-session-NN.md` or `YYYY-MM-DD-session-NN-slug.md`.

    ## Why

    The name says which session the log is of: its number and its date. A log with another name is
    found by nobody who looks for it, and its session counts as one without a log.

    A slug is made of letters, digits, dots, hyphens and underscores. Where the log's own heading
    names a session without a number, such as `Session a1b2c3d4: Title`, that id stands in the
    number's place.

    ```markdown bad path=.agents/sessions/session-19-2025-12-18.md
    # Session 19 - 2025-12-18
    ```

    ```markdown bad path=.agents/sessions/2025-12-32-session-19.md
    # Session 19
    ```

    ```markdown good path=.agents/sessions/2025-12-18-session-19-cache.md
    # Session 19 - 2025-12-18
    ```

    ```markdown good path=.agents/sessions/2025-12-18-session-a1b2c3d4-cache.md
    # Session a1b2c3d4: Cache the look-ups
    ```
    """
    is_numbered = any(character.isdigit() for character in page.name)
    if is_numbered and read_log_name(page.name) is None and not _is_of_its_own_session(page):
        yield Finding(page.title, f"`{page.name}` is not named `YYYY-MM-DD-session-NN[-slug].md`")


def _is_of_its_own_session(page: Page) -> bool:
    """Tell whether a date and the id that the heading names begin the file's name."""
    match = _OTHER_NAME.fullmatch(page.name)
    named = read_title(page.source.slice(page.title)).session_id
    if match is None or named is None or read_date(match["date"]) is None:
        return False
    return f"{match['rest']}-".casefold().startswith(f"{named}-".casefold())
