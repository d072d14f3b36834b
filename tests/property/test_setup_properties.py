"""Laws of a set-up beside any documents: old bytes stay, and a second one has nothing to do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random

import hostile
import pytest

from handoff_md.app.setup.change import SetupPlan
from handoff_md.app.setup.plan import SetupRequest, plan_setup
from handoff_md.errors import ContentError, HandoffError
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.parse import parse
from handoff_md.text.marked import outside_marked
from handoff_md.text.source import decode

_HANDOFF, _PROTOCOL = ".agents/HANDOFF.md", ".agents/SESSION-PROTOCOL.md"


def _plan(root: Path) -> SetupPlan:
    return plan_setup(SetupRequest(directory=root, today=dt.date(2031, 1, 2)))


def _check(root: Path, seed: int) -> bool:
    """Set up beside two hostile documents; tell whether they could take what the set-up adds."""
    rng = Random(seed)  # noqa: S311 - repeatable, and no secret
    handoff, protocol = hostile.document(rng), hostile.body(rng).encode("utf-8", "surrogateescape")
    (root / ".agents").mkdir(parents=True)
    (root / _HANDOFF).write_bytes(handoff)
    (root / _PROTOCOL).write_bytes(protocol)
    try:
        _plan(root).carry_out()
    except ContentError:
        assert (root / _PROTOCOL).read_bytes() == protocol
        assert (root / _HANDOFF).read_bytes() == handoff
        return False
    new = (root / _HANDOFF).read_bytes()
    assert new.startswith(handoff)
    if new != handoff:
        find_entries_section(parse(new))
    outside = outside_marked(decode((root / _PROTOCOL).read_bytes()), "protocol")
    old = decode(protocol).text
    assert outside.startswith(old)
    assert not outside.removeprefix(old).strip("\r\n")
    assert _plan(root).changes == ()
    return True


def _check_many(tmp_path: Path, count: int) -> int:
    return sum(_check(tmp_path / str(seed), seed) for seed in range(count))


def test_hostile_documents_keep_their_bytes(tmp_path: Path) -> None:
    assert _check_many(tmp_path, 30) > 5


@pytest.mark.full
def test_many_hostile_documents_keep_their_bytes(tmp_path: Path) -> None:
    assert _check_many(tmp_path, 3_000) > 500


def test_an_empty_document_gets_a_section(tmp_path: Path) -> None:
    (tmp_path / ".agents").mkdir()
    (tmp_path / _HANDOFF).write_bytes(b"")
    with pytest.raises(HandoffError):
        find_entries_section(parse(b""))
    _plan(tmp_path).carry_out()
    assert (tmp_path / _HANDOFF).read_bytes().startswith(b"## Recent Sessions\n")
    assert _plan(tmp_path).changes == ()
