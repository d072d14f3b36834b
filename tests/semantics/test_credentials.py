"""Secrets are found by their form; here each is put together when the test runs."""

from __future__ import annotations

import time

import pytest

from handoff_md.semantics.document.credentials import find_secrets, mask_secrets

MIXED = "aB3dE5fG7hI9" * 20
SECRETS = {
    "an AWS access key": ["AKIA" + "ABCDEFGH23456789", "ASIA" + "Z" * 16],
    "a GitHub token": [f"gh{kind}_" + MIXED[:36] for kind in "pousr"]
    + ["github_pat_" + MIXED[:82]],
    "a GitLab token": ["glpat-" + MIXED[:20]],
    "a Slack token": [
        "xoxb" + "-123456789012-123456789012-" + MIXED[:24],
        "xoxp" + "-1-2-" + MIXED[:9],
    ],
    "an Anthropic key": ["sk-ant-" + "api03-" + MIXED[:95]],
    "an OpenAI key": ["sk-proj-" + MIXED[:120]],
    "a Stripe key": ["sk_live" + "_" + MIXED[:24]],
    "a Google API key": ["AIza" + MIXED[:35]],
    "an npm token": ["npm_" + MIXED[:36]],
    "a PyPI token": ["pypi-AgE" + "IcHlwaS5vcmc" + MIXED[:60]],
    "a JSON web token": ["eyJ" + MIXED[:20] + ".eyJ" + MIXED[:60] + "." + MIXED[:43]],
    "a private key": [
        "-----BEGIN RSA PRIVATE KEY-----\n" + f"{MIXED[:64]}\n" * 3 + MIXED[:9],
        "-----BEGIN PRIVATE KEY-----" + "\\n" + MIXED[:64] + "\\n" + MIXED[:8],
    ],
}


@pytest.mark.parametrize(
    ("kind", "secret"), [(kind, secret) for kind, some in SECRETS.items() for secret in some]
)
@pytest.mark.parametrize("around", ["{}", "see `{}`.", 'key = "{}"', "- https://u:{}@example.org"])
def test_a_secret_is_found_wherever_it_stands_and_masked(
    kind: str, secret: str, around: str
) -> None:
    text = around.format(secret)
    (found,) = find_secrets(text)
    assert found.kind == kind
    assert text[found.span.start : found.span.end] == secret
    masked = mask_secrets(text)
    assert len(masked) == len(text)
    tail = secret[found.shown.end - found.span.start :]
    assert tail not in masked
    assert tail[-6:] not in masked


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "xoxb-your-token-here",
        "`-----BEGIN PRIVATE KEY-----` begins it",
        "set npm_config_registry and npm_package_version",
        "sk-ant-… and ghp_…, glpat-TOKEN, eyJhbGciOi…",
        "-----BEGIN PUBLIC KEY-----\n" + MIXED[:64],
        "commit " + "0123456789abcdef" * 2 + "01234567",
    ],
)
def test_what_only_speaks_of_secrets_is_none(text: str) -> None:
    assert find_secrets(text) == ()
    assert mask_secrets(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "eyJ-" * 50_000,
        "eyJaaaaaaaaaaaa." * 20_000,
        "-----BEGIN PRIVATE KEY-----\n" * 20_000,
        "-----BEGIN PRIVATE KEY-----\nabcdefghijklmnopqrs" + "\n a," * 50_000,
        "xoxb-" * 50_000,
        ">" * 200_000 + "PRIVATE KEY",
    ],
    ids=["tokens", "dotted", "headers", "body", "slack", "quotes"],
)
def test_no_text_takes_long(text: str) -> None:
    before = time.process_time()
    mask_secrets(text)
    assert time.process_time() - before < 2
