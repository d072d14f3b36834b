"""Secrets in a text: tokens and private keys of well-known forms, found without guessing.

Each form begins with words of its own, so that a text without them costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from handoff_md.text.span import Span
from handoff_md.value import Value

# Each: what it is called, the words that tell it, and its whole form, which begins with these.
_FORMS = (
    ("an AWS access key", ("AKIA", "ASIA"), r"A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[opusr]_[A-Za-z0-9]{36,255}"),
    ("a GitHub token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{22,255}"),
    ("a GitLab token", ("glpat-",), r"glpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", ("xox",), r"xox[abeprs]-(?=[A-Za-z-]{0,64}[0-9])[A-Za-z0-9-]{10,}"),
    ("an Anthropic key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("an OpenAI key", ("sk-proj-", "sk-svcacct-", "sk-admin-"),
     r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}"),
    ("a Stripe key", ("k_live_",), r"[rs]k_live_[A-Za-z0-9]{20,}"),
    ("a Google API key", ("AIza",), r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    ("an npm token", ("npm_",), r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    ("a PyPI token", ("pypi-AgE",), r"pypi-AgE[A-Za-z0-9_-]{20,}"),
    ("a JSON web token", ("eyJ",),
     r"(?<![_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
)  # fmt: skip
_BEFORE = r"(?<![A-Za-z0-9])"
_KEY = "PRIVATE KEY"
_KEY_KIND = "a private key"
# The body of a key: its lines, also where a string holds their ends as `\n`. A header at the start
# of a line is one without a body too; within a line it may be what the text is about.
_KEY_FORM = (
    r"(?m)(?:(?P<margin>^[ \t>+*-]*))?-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?P<body>(?:(?:\s|\\[nr]|[>\"'+,]){1,16}(?!-)[A-Za-z0-9+/=:, .-]{16,200}"
    r"(?:(?:\s|\\[nr]|[>\"'+,]){1,16}(?!-)[A-Za-z0-9+/=:, .-]{1,200})*)?)"
)
_EXAMPLE = "EXAMPLE"
_SHOWN = 4


class Secret(Value):
    """A secret: what it is ("a GitHub token"), where, and how far it may be shown."""

    kind: str
    span: Span
    shown: Span

    def show(self, text: str) -> str:
        """Give how it begins, which tells no more than what it is."""
        return f"{text[self.shown.start : self.shown.end]}…"


def find_secrets(text: str) -> tuple[Secret, ...]:
    """Find the secrets of a text, in their order; in linear time.

    Keys that end in EXAMPLE, as in Amazon's documentation, are none.
    """
    found = [
        Secret(kind, Span(*match.span()), Span(match.start(), match.start() + _SHOWN))
        for kind, marks, form in _FORMS
        if any(mark in text for mark in marks)
        for match in re.finditer(_BEFORE + form, text)
        if not match.group().endswith(_EXAMPLE)
    ]
    if holds_key(text):
        found += _find_keys(text)
    return tuple(sorted(found, key=lambda secret: secret.span))


def holds_key(text: str) -> bool:
    """Tell whether a text may hold a private key: the one secret that takes several lines."""
    return _KEY in text


def _find_keys(text: str) -> Iterator[Secret]:
    for match in re.finditer(_KEY_FORM, text):
        if match["margin"] is not None or match["body"]:
            start = match.start() + len(match["margin"] or "")
            header = text.index("-----", start + len("-----")) + len("-----")
            yield Secret(_KEY_KIND, Span(start, match.end()), Span(start, header))


def mask_secrets(text: str) -> str:
    """Put stars in the place of each secret but its beginning; line breaks and offsets stay."""
    pieces: list[str] = []
    done = 0
    for secret in find_secrets(text):
        if secret.shown.end > done:
            pieces += (text[done : secret.shown.end],)
            done = secret.shown.end
        if secret.span.end > done:
            pieces.append(re.sub(r"[^\s]", "*", text[done : secret.span.end]))
            done = secret.span.end
    return "".join([*pieces, text[done:]]) if pieces else text
