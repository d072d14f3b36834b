"""Whatever a host sends, a hook ends with 0, tells nothing odd, and knows what was wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from checkouts import STATE, make_checkout, write
from hosts import Fire, make_fire, recorded

from handoff_md.app.hook.event import HOSTS
from handoff_md.store.hooks import allow_hooks, list_failures

_DEEP: Any = []
for _ in range(300):
    _DEEP = [_DEEP]
_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1.5, 10**40, "", [], {}, [None], [["x"]], {"cwd": "/"}, _DEEP),
    *("\ud800", "\0", "x" * 50_000, "../..", "/", "a\nb\u2028c", "\x1b[31m", "resume", "compact"),
)


@pytest.fixture
def fire(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Fire:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HANDOFF_MD_SESSION", raising=False)
    return make_fire(monkeypatch, capfdbinary, tmp_path)


def _spoil(chance: random.Random, payload: dict[str, Any]) -> dict[str, Any]:
    """Give a payload of which some fields are missing, or of another kind."""
    spoilt = dict(payload)
    for name in chance.sample(sorted(payload), chance.randint(1, min(3, len(payload)))):
        if chance.random() < 1 / 4:
            del spoilt[name]
        else:
            spoilt[name] = chance.choice(_ODD)
    return spoilt


def _garble(chance: random.Random, data: bytes) -> bytes:
    """Give bytes that may be no JSON any more, nor UTF-8."""
    if chance.random() < 2 / 3:
        return data
    place = chance.randrange(len(data))
    odd = chance.choice((b"\xff", b"\xef\xbb\xbf", b"\0", b"}", b"[" * 9_999, b'"', b"NaN"))
    return data[:place] + odd + data[place + chance.randint(0, 3) :]


@pytest.mark.parametrize(
    ("seed", "count"), [(0, 40), *(pytest.param(n, 300, marks=pytest.mark.full) for n in range(8))]
)
def test_what_a_host_may_send_by_mistake_does_no_harm(
    tmp_path: Path, fire: Fire, seed: int, count: int
) -> None:
    root = make_checkout(tmp_path / "root")
    allow_hooks(root / STATE)
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    chance = random.Random(seed)  # noqa: S311 - it is to be the same each time
    told = 0
    for _ in range(count):
        host = chance.choice(HOSTS)
        event = chance.choice(recorded(host))
        text = json.dumps(event["payload"]).replace("{root}", str(root))
        payload = json.loads(text.replace("{agent}", str(root)))
        named = payload.keys() & {"session_id", "sessionId", "sessionID", "conversation_id"}
        payload |= dict.fromkeys(named, f"session {chance.randrange(20)}")
        payload = _spoil(chance, payload)
        sent = _garble(chance, json.dumps(payload).encode())
        answer = fire(host, event["event"], sent)
        told += bool(answer)
        if host != "opencode" and answer:
            assert isinstance(json.loads(answer), dict)
        assert not answer or event["event"].lower().endswith(("start", "created"))
    assert told
    for failure in list_failures(root / STATE):
        assert "it has failed" not in failure, "a mistake of our own"
        assert failure.isprintable()
