from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from handoff_md.errors import FileError
from handoff_md.ledger.records import Claim
from handoff_md.store.claims import (
    claim_session,
    claimed_keys,
    list_claims,
    list_released,
    load_claim,
    release_claim,
    update_claim,
)
from handoff_md.store.runs import close_run, list_closed, load_run, start_run

CLAIM = Claim(
    key="19",
    id="019",
    title="Title \udcff",
    agent="ada",
    date="2025-12-18",
    started_at="2025-12-18T09:00:00+00:00",
    root="/somewhere",
    branch="main",
    commit="abc",
    log="sessions/log.md",
    summary="temp/summary.md",
)


def test_a_claim_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert load_claim(tmp_path, "19") is None
    assert claim_session(tmp_path, CLAIM)
    assert load_claim(tmp_path, "19") == CLAIM
    update_claim(tmp_path, replace(CLAIM, status="partial"))
    assert [claim.status for claim in list_claims(tmp_path)] == ["partial"]


def test_of_many_at_once_one_gets_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        claims = [replace(CLAIM, agent=str(number)) for number in range(64)]
        won = list(pool.map(lambda claim: claim_session(tmp_path, claim), claims))
    assert sum(won) == 1
    held = load_claim(tmp_path, "19")
    assert held == claims[won.index(True)]
    assert [path.name for path in (tmp_path / "claims").iterdir()] == ["19.json"]


def test_a_released_claim_stays_known_and_can_be_claimed_again(tmp_path: Path) -> None:
    for count in (1, 2):
        assert claim_session(tmp_path, CLAIM)
        release_claim(tmp_path, replace(CLAIM, released_at="2025-12-19T09:00:00+00:00"))
        assert load_claim(tmp_path, "19") is None
        assert len(list(list_released(tmp_path))) == count
    assert claimed_keys(tmp_path) == {"19"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"version": 1}', '{"version": 1, "key": 2}', "[" * 100_000]
)
def test_a_damaged_claim_is_named(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    (folder / "19.json").write_text(text)
    with pytest.raises(FileError, match=r"19\.json is damaged"):
        load_claim(tmp_path, "19")
    assert claimed_keys(tmp_path) == {"19"}


def test_a_claim_of_another_version_is_named(tmp_path: Path) -> None:
    assert claim_session(tmp_path, CLAIM)
    path = tmp_path / "claims" / "19.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 2}))
    with pytest.raises(FileError, match="has version 2"):
        load_claim(tmp_path, "19")


def test_a_run_is_closed_once_and_only_by_its_token(tmp_path: Path) -> None:
    run = start_run(tmp_path, orchestrator="22", started_at="2025-12-18T09:00:00+00:00")
    assert run is not None
    assert start_run(tmp_path, orchestrator="23", started_at="") is None
    assert close_run(tmp_path, replace(run, token="other"), finished=True) is None  # noqa: S106 - no secret
    assert load_run(tmp_path) == run
    assert close_run(tmp_path, run, finished=True)
    assert close_run(tmp_path, run, finished=True) is None
    latest = next(list_closed(tmp_path))
    assert (latest.run, latest.finished) == (run, True)
    again = start_run(tmp_path, orchestrator="57-PR201", started_at="")
    assert again is not None
    assert close_run(tmp_path, again, finished=False)
    latest = next(list_closed(tmp_path))
    assert (latest.run, latest.finished) == (again, False)


def test_a_date_that_is_none_is_damage(tmp_path: Path) -> None:
    assert claim_session(tmp_path, replace(CLAIM, date="yesterday"))
    with pytest.raises(FileError, match=r"19\.json is damaged"):
        load_claim(tmp_path, "19")


def test_what_a_later_version_knows_of_a_claim_is_passed_over(tmp_path: Path) -> None:
    assert claim_session(tmp_path, CLAIM)
    path = tmp_path / "claims" / "19.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"mood": "good"}))
    assert load_claim(tmp_path, "19") == CLAIM
