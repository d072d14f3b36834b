"""HN002: a comment silences a rule that does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.catalogue import list_rules
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Safety, Severity
from handoff_md.linter.page import EVERY_TEXT, Page
from handoff_md.linter.rule import rule
from handoff_md.linter.suppression_fix import take_out
from handoff_md.text.suggest import did_you_mean

_MOST_HINTS = 20  # each takes a search through all names


@rule("HN002", "unknown-suppression", severity=Severity.WARNING, kinds=EVERY_TEXT, fix=Safety.SAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A comment silences a rule that does not exist.

    ## Why

    A misspelt code silences nothing, or nothing any more. `handoff-md rule` lists all rules.

    The fix takes the comment out, or the one code of several: it has no effect. To keep the
    comment, write the code that is meant.

    ```markdown bad
    # Handoff

    <!-- handoff-md: ignore[HE999] the old entry stays -->
    ## Recent Sessions
    ```

    ```markdown fixed
    # Handoff

    ## Recent Sessions
    ```

    ```markdown good
    # Handoff

    ## Recent Sessions
    ```
    """
    if not page.suppressions:
        return
    words = [word for listed in list_rules().values() for word in (listed.code, listed.name)]
    known = {word.casefold() for word in words}
    unknown = [found for found in page.suppressions if found.word.casefold() not in known]
    hints: dict[str, str] = {}
    for suppression, fix in take_out(page.source, unknown):
        word = suppression.word
        if word not in hints:
            hints[word] = _hint(word, words) if len(hints) < _MOST_HINTS else ""
        yield Finding(suppression.place, f"There is no rule `{word}`{hints[word]}", fix)


def _hint(word: str, words: Sequence[str]) -> str:
    guess = did_you_mean(word, words).removeprefix("Did you mean ").removesuffix("?")
    return f"; `{guess}` is one" if guess else ""
