"""Which titles a session may be given."""

from __future__ import annotations

from handoff_md.errors import ContentError


def checked_title(text: str, *, hint: str) -> str:
    """Make a title one line, and refuse what could not be a summary's; an empty one passes.

    Raises:
        ContentError: says why, with the hint.
    """
    title = " ".join(text.split())
    if title:
        # Only now: a session that is claimed for an agent that never asked has none.
        from handoff_md.semantics.document.credentials import find_secrets
        from handoff_md.semantics.summaries.containment import contain_title

        problems = contain_title(title, captured={}).problems
        problems += tuple(f"holds {one.kind}, `{one.show(title)}`" for one in find_secrets(title))
        if problems:
            raise ContentError(f"the title {problems[0]}", hint)
    return title
