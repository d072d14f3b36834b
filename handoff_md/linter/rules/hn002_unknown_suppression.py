"""HN002: a comment silences a rule that does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.errors import did_you_mean
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import list_rules, rule
from handoff_md.linter.selection import selectors_of

_MOST_HINTS = 20  # each takes a search through all names


@rule("HN002", "unknown-suppression", severity=Severity.WARNING)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A comment silences a rule that does not exist.

    ## Why

    A misspelt code silences nothing, or nothing any more. `handoff-md rule` lists all rules. What
    selects rules silences them too: a code, the beginning of one, a name, or `ALL`.

    A comment that names none in brackets silences nothing either.

    No fix takes it out, for its reason may still hold. Write the code that is meant.

    ```markdown bad
    # Handoff

    <!-- handoff-md: ignore[HE999] the old entry stays -->
    ## Recent Sessions
    ```

    ```markdown good
    # Handoff

    <!-- handoff-md: ignore[HE006] the old entry stays where it is -->
    ## Recent Sessions
    ```
    """
    if not page.suppressions:
        return
    words = [word for listed in list_rules().values() for word in (listed.code, listed.name)]
    known = frozenset().union(*map(selectors_of, list_rules()))
    hints: dict[str, str] = {}
    for suppression in page.suppressions:
        word = suppression.word
        if not word:
            yield Finding(
                suppression.place, "The comment names no rule to silence, as in `ignore[HE003] why`"
            )
        if not word or word.casefold() in known:
            continue
        if word not in hints:
            hints[word] = _hint(word, words) if len(hints) < _MOST_HINTS else ""
        yield Finding(suppression.place, f"There is no rule `{word}`{hints[word]}")


def _hint(word: str, words: Sequence[str]) -> str:
    guess = did_you_mean(word, words).removeprefix("Did you mean ").removesuffix("?")
    return f"; `{guess}` is one" if guess else ""
