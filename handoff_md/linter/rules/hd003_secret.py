"""HD003: a token or a private key stands in the text."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.credentials import find_secrets


@rule("HD003", "secret", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    The text holds an access token or a private key.

    ## Why

    What is committed stays in the history, and whoever reads the repository can use it. `session
    end`, `merge` and `run finish` ask this rule of logs and summaries before they store or commit
    anything, and refuse. Replace what was committed already: taking it out of the text is not
    enough.

    Only well-known forms count: keys of AWS, Anthropic, Google, OpenAI and Stripe, tokens of
    GitHub, GitLab, npm, PyPI and Slack, JSON web tokens, and private keys. No report shows more
    than how a secret begins. A key that ends in `EXAMPLE`, as in Amazon's documentation, is none.
    Another example is allowed by a comment with the reason:
    `<!-- handoff-md: ignore[HD003] from the manual -->`.

    ```markdown bad
    -----BEGIN PRIVATE KEY-----
    ```

    ```markdown good
    The key begins with `-----BEGIN PRIVATE KEY-----`, and lies in the vault.

    The manual uses the key AKIAIOSFODNN7EXAMPLE.
    ```
    """
    text = page.source.text
    for secret in find_secrets(text):
        yield Finding(secret.shown, f"The text holds {secret.kind}, `{secret.show(text)}`")
