"""Records as the files of version 1 hold them: they are written and read to the byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from handoff_md.errors import FileError
from handoff_md.ledger.records import Claim, Journal, JournalSession, Run
from handoff_md.store.archive import finish_journal, recent_merges
from handoff_md.store.claims import claim_session, load_claim
from handoff_md.store.journal import load_journal, save_journal
from handoff_md.store.runs import add_sessions, load_run, start_run

FIXTURES = Path(__file__).parents[1] / "fixtures" / "records"
# A title in Latin-1, as Python reads bytes that are no UTF-8, with all that JSON escapes.
TITLE = 'Pr\udcfcfe den "Caf\udce9"\t\\ – 漢字 🙂 \x7f'

CLAIM = Claim(
    key="19-fix",
    id="019-Fix",
    title=TITLE,
    agent="ad\udce4",
    date="2025-12-18",
    started_at="2025-12-18T09:00:00+00:00",
    root="/elsewhere/caf\udce9",
    branch="w/caf\udce9",
    commit="5" * 40,
    log=".agents/sessions/2025-12-18-session-019-Fix.md",
    summary=".agents/temp/handoff-session-019-Fix-summary.md",
    run="0123456789abcdef",
    ended_at="2025-12-18T10:30:00+00:00",
    status="partial",
    digest="a" * 64,
    given="yes",
    released_at="2025-12-19T08:00:00+00:00",
    reserved=f"{'b' * 64} {'c' * 64}",
    made="d" * 64,
    document="docs/\udce9/HANDOFF.md",
    claimed_for=f"{'0' * 24}-{'1' * 24}",
)
PLAIN_CLAIM = Claim(
    "7", "7", "", "", "2025-12-18", "", "/elsewhere", "", "", "sessions/7.md", "temp/7.md"
)
RUN = Run(
    token="0123456789abcdef",  # noqa: S106 - it says which run it is
    orchestrator="22\udce9",
    started_at="2025-12-18T09:00:00+00:00",
    expect=("019", "20-\udcfc"),
    expect_count=3,
    sessions=("21",),
    document=".agents/HANDOFF.md",
)
PLAIN_RUN = Run("f" * 16, "22", "2025-12-18T09:00:00+00:00", (), None, ())
JOURNAL = Journal(
    name="00007-2025-12-18-9f86d081884c",
    handoff="/elsewhere/.agents/HANDOFF.md",
    old_digest="e" * 64,
    new_digest="f" * 64,
    message=f"docs(handoff): merge 2 sessions\n\n{TITLE}\n",
    head="1" * 40,
    commit_wanted=True,
    orchestrator="22",
    date="2025-12-18",
    no_verify=False,
    keep=True,
    sessions=(
        JournalSession(
            id="019",
            title=TITLE,
            date="2025-12-17",
            log=".agents/sessions/2025-12-17-session-019.md",
            summary="/elsewhere/.agents/temp/caf\udce9.md",
            digest="2" * 64,
            tracked=True,
            archived_to="caf\udce9.md",
        ),
        JournalSession("20", "", None, None, "/elsewhere/20.md", "3" * 64, False, None),  # noqa: FBT003 - as on disk
    ),
    commit="4" * 40,
    run="0123456789abcdef",
    document=".agents/HANDOFF.md",
)
PLAIN_JOURNAL = Journal(
    "00001-2025-12-18-9f86d081884c",
    "/elsewhere/HANDOFF.md",
    None,
    "f" * 64,
    None,
    None,
    commit_wanted=False,
    orchestrator="22",
    date="2025-12-18",
    no_verify=True,
    keep=False,
    sessions=(),
)


class Kind(NamedTuple):
    """A kind of record: where it lies, and how it is written and read."""

    path: str
    write: Callable[[Path, Any], object]
    read: Callable[[Path], object]


def _write_run(state: Path, run: Run) -> None:
    """Write a run in its two steps; its token is made, and is the golden one here."""
    begun = start_run(
        state,
        orchestrator=run.orchestrator,
        started_at=run.started_at,
        expect=run.expect,
        expect_count=run.expect_count,
        document=run.document,
    )
    assert begun
    add_sessions(state, replace(begun, token=run.token), run.sessions)


KINDS = {
    "claim": Kind("claims/19-fix.json", claim_session, lambda state: load_claim(state, "19-fix")),
    "plain-claim": Kind("claims/7.json", claim_session, lambda state: load_claim(state, "7")),
    "run": Kind("run.json", _write_run, load_run),
    "plain-run": Kind("run.json", _write_run, load_run),
    "journal": Kind("journal.json", save_journal, load_journal),
    "plain-journal": Kind("journal.json", save_journal, load_journal),
    "merge": Kind(
        f"archive/{JOURNAL.name}/merge.json",
        finish_journal,
        lambda state: next(recent_merges(state), None),
    ),
}
RECORDS = {
    "claim": CLAIM,
    "plain-claim": PLAIN_CLAIM,
    "run": RUN,
    "plain-run": PLAIN_RUN,
    "journal": JOURNAL,
    "plain-journal": PLAIN_JOURNAL,
    "merge": JOURNAL,
}


def _golden(name: str, state: Path) -> bytes:
    """Give a golden file as it stands in a state folder, whose place each record tells."""
    data = (FIXTURES / f"{name}.json").read_bytes()
    return data.replace(b'"/state"', json.dumps(str(state)).encode())


@pytest.mark.parametrize("name", KINDS)
def test_a_record_is_written_to_the_byte_as_version_1_has_it(tmp_path: Path, name: str) -> None:
    kind = KINDS[name]
    kind.write(tmp_path, RECORDS[name])
    assert (tmp_path / kind.path).read_bytes() == _golden(name, tmp_path)
    assert kind.read(tmp_path) == RECORDS[name]


def _read(name: str, state: Path, record: object) -> object:
    path = state / KINDS[name].path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))
    return KINDS[name].read(state)


def test_what_a_record_says_beyond_its_version_is_passed_over(tmp_path: Path) -> None:
    for name, record in RECORDS.items():
        told = {**json.loads(_golden(name, tmp_path)), "copied_from": "/x", "later": [1, "\udcff"]}
        assert _read(name, tmp_path, told) == record


# What stands in the place of a field's own value, by the name that `judged.json` has for it.
INSTEAD: dict[str, object] = {
    "word": "x",
    "nothing": "",
    "path": "../x",
    "number": 7,
    "fraction": 7.0,
    "truth": True,
    "null": None,
    "list": [],
    "numbers": [7],
    "table": {},
    "absent": ...,
}


def _with(record: object, place: Sequence[str], value: object) -> dict[str, Any]:
    """Give a copy of a record with another value at a place; with `...` the field is gone."""
    told: dict[str, Any] = json.loads(json.dumps(record))
    inner: Any = told
    for key in place[:-1]:
        inner = inner[int(key) if key.isdigit() else key]
    inner[place[-1]] = value
    if value is ...:
        del inner[place[-1]]
    return told


def _is_read(name: str, state: Path, record: object) -> bool:
    try:
        return _read(name, state, record) is not None
    except FileError as error:
        assert "is damaged" in error.message  # noqa: PT017 - both ends are looked at
        return False


def judge_fields(name: str, state: Path) -> dict[str, list[str]]:
    """Say of each field of a record with which other values, or without it, it is still read."""
    record = json.loads(_golden(name, state))
    inner = [f"sessions.0.{key}" for key in record["sessions"][0]] if name == "journal" else []
    return {
        field: [
            label
            for label, value in INSTEAD.items()
            if _is_read(name, state, _with(record, field.split("."), value))
        ]
        for field in (*(key for key in record if key != "version"), *inner)
    }


@pytest.mark.parametrize("name", ["claim", "run", "journal"])
def test_a_field_of_another_kind_is_damage(tmp_path: Path, name: str) -> None:
    expected = json.loads((FIXTURES / "judged.json").read_bytes())
    assert judge_fields(name, tmp_path) == expected[name]
