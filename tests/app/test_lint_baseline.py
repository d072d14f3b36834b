"""A project with a past: its findings are known, and only what is new is reported."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import HANDOFF, write
from histories import Checkout, document, entry, start
from inprocess import Tell, make_tell
from repositories import git

from handoff_md.linter.reporters import Format

BASELINE = ".handoff-md-baseline.json"
FIRST = dt.date(2024, 1, 1)
NEW = entry(401, date="2025-12-18", body="See [what was decided](decided.md).")
ONE = "Recorded 1 known finding in "
COUNT: dict[Format, Callable[[str], int]] = {
    Format.FULL: lambda told: told.count("[HL003]"),
    Format.CONCISE: lambda told: told.count(": HL003 "),
    Format.JSON: lambda told: len(json.loads(told)["diagnostics"]),
    Format.SARIF: lambda told: len(json.loads(told)["runs"][0]["results"]),
    Format.GITHUB: lambda told: len(told.splitlines()),
    Format.GITLAB: lambda told: len(json.loads(told)),
    Format.JUNIT: lambda told: told.count("<failure "),
    Format.RDJSON: lambda told: len(json.loads(told)["diagnostics"]),
    Format.MARKDOWN: lambda told: told.count("| HL003 |"),
}


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


def broken(number: int) -> str:
    """Write an entry with a broken link of its own, on a day of its own."""
    date = str(FIRST + dt.timedelta(number))
    return entry(number, date=date, body=f"See [notes](gone-{number}.md).")


def old_project(root: Path, *numbers: int, **tail: str) -> Checkout:
    return start(root / "project", document(*(broken(n) for n in sorted(numbers)[::-1]), **tail))


def edit(checkout: Checkout, old: str, new: str) -> None:
    text = (checkout.root / HANDOFF).read_text("utf-8")
    assert old in text
    checkout.write(text.replace(old, new, 1))


def add_entry(checkout: Checkout, words: str = NEW) -> None:
    edit(checkout, "## Recent Sessions\n\n", f"## Recent Sessions\n\n{words}")


SELECT = ("--select", "HL003")


def test_of_a_long_history_and_one_bad_entry_each_format_tells_one_finding(
    tmp_path: Path, tell: Tell
) -> None:
    checkout = old_project(tmp_path, *range(1, 401))
    wrote = tell(checkout.root, "lint", "--write-baseline")
    assert (wrote.code, "400 known findings" in wrote.stdout) == (0, False), wrote.stdout
    assert "401 new, 0 gone." in wrote.stdout  # the last one is that summaries are not ignored
    passed = tell(checkout.root, "lint")
    assert (passed.code, passed.stdout) == (
        0,
        (
            "All checks passed (2 files).\n"
            "401 known findings are not shown; --no-baseline shows all.\n"
        ),
    )
    add_entry(checkout)
    args = [f"--output={name}:../{name}" for name in Format]
    assert tell(checkout.root, "lint", *args, "--quiet").code == 1
    assert set(COUNT) == set(Format)
    assert "\n401 known findings are not shown; " in (tmp_path / "markdown").read_text("utf-8")
    for name, count in COUNT.items():
        assert count((tmp_path / name).read_text("utf-8")) == 1, name
    assert tell(checkout.root, "lint", "--no-baseline", *SELECT, "--statistics").stdout.startswith(
        "401  HL003"
    )


def test_what_is_mended_shrinks_the_baseline_at_the_next_write(tmp_path: Path, tell: Tell) -> None:
    checkout = old_project(tmp_path, 1, 2, 3)
    tell(checkout.root, "lint", "--write-baseline", *SELECT)
    for number, left in ((2, 2), (1, 1), (3, 0)):
        edit(checkout, f"[notes](gone-{number}.md)", "notes")
        checked = tell(checkout.root, "lint", *SELECT)
        assert "1 known finding is gone: `handoff-md lint --write-baseline`" in checked.stderr
        wrote = tell(checkout.root, "lint", "-q", "--write-baseline", *SELECT)
        assert wrote.stdout.endswith("0 new, 1 gone.\n")
        assert wrote.stderr == ""
        assert (checkout.root / BASELINE).read_text().count('"rule"') == left
    edit(checkout, "See notes", "See [notes](gone-3.md)")
    assert tell(checkout.root, "lint", *SELECT).code == 1


def test_moved_and_edited_entries_keep_what_is_known_and_others_do_not_take_it(
    tmp_path: Path, tell: Tell
) -> None:
    checkout = old_project(tmp_path, 1, 2)
    tell(checkout.root, "lint", "--write-baseline")
    checkout.write("New words.\n\n" + document(broken(1), broken(2).replace("See", "Then see")))
    assert tell(checkout.root, "lint", *SELECT).code == 0
    edit(checkout, "Work of 2 (Session 2)", "What the second one did (Session 2)")
    assert tell(checkout.root, "lint", *SELECT).code == 0
    git(checkout.root, "checkout", "--quiet", HANDOFF)
    # The old one is archived, and the new one has the same words.
    checkout.write(document(broken(3).replace("gone-3", "gone-2"), broken(1)))
    assert tell(checkout.root, "lint", *SELECT).code == 1


def test_a_renamed_log_keeps_what_is_known(tmp_path: Path, tell: Tell) -> None:
    checkout = old_project(tmp_path, 1)
    log = checkout.root / ".agents/sessions/2024-01-02-session-1.md"
    write(log, "# Session 1\n\nSee [it](gone.md).\n")
    tell(checkout.root, "lint", "--write-baseline", *SELECT)
    log.rename(log.with_name("2024-01-02-session-1-notes.md"))
    assert tell(checkout.root, "lint", *SELECT).code == 0
    write(log, "# Session 1\n\nSee [it](gone.md).\n")
    assert tell(checkout.root, "lint", *SELECT).code == 1


def test_what_was_not_looked_for_stays_known(tmp_path: Path, tell: Tell) -> None:
    checkout = old_project(tmp_path, 1)
    other = checkout.root / ".agents/sessions/2024-01-02-session-1.md"
    write(other, "# Session 1\n\nSee [it](gone.md).\n")
    tell(checkout.root, "lint", "--write-baseline")
    known = (checkout.root / BASELINE).read_text()
    assert tell(checkout.root, "lint", "--write-baseline", *SELECT, HANDOFF).code == 0
    assert (checkout.root / BASELINE).read_text() == known
    other.unlink()
    tell(checkout.root, "lint", "--write-baseline", *SELECT, HANDOFF)
    assert other.name not in (checkout.root / BASELINE).read_text()


def test_fixes_stdin_and_since_leave_known_findings_alone(tmp_path: Path, tell: Tell) -> None:
    link = "[one](.agents/HANDOFF.md#notes)"
    checkout = old_project(tmp_path, 1, tail=f"\nSee {link}.\n")
    select = ("--select", "HL004")
    tell(checkout.root, "lint", "--write-baseline", *select)
    edit(checkout, "Stay.\n", "Stay [two](.agents/HANDOFF.md).\n")
    fixed = tell(checkout.root, "lint", "--fix", *select)
    assert "Fixed 1 finding. All checks passed" in fixed.stdout
    text = (checkout.root / HANDOFF).read_text()
    assert link in text
    assert "[two](./HANDOFF.md)" in text
    assert "1 known finding is not shown" in tell(checkout.root, "lint", *select).stdout
    since = tell(checkout.root, "lint", "--since", "HEAD", *select)
    assert (since.code, since.stderr) == (0, "")
    edit(checkout, "Stay [two]", "Stay [one](.agents/HANDOFF.md#notes) [two]")
    since = tell(checkout.root, "lint", "--since", "HEAD", *select)
    assert since.stdout.count("HL004") == 1, "one more than is known, and than there was"
    everything = tell(checkout.root, "lint", "--fix", "--no-baseline", *select)
    assert "Fixed 2 findings." in everything.stdout


def test_several_documents_share_a_baseline(tmp_path: Path, tell: Tell) -> None:
    checkout = old_project(tmp_path, 1)
    for name in ("api", "web"):
        write(checkout.root / name / "handoff-md.toml", f'handoff = "{name}/HANDOFF.md"\n')
        write(checkout.root / name / "HANDOFF.md", document(broken(2)))
        assert ONE not in tell(checkout.root / name, "lint", "--write-baseline", *SELECT).stderr
    known = (checkout.root / BASELINE).read_text()
    assert known.count('"path": "api/HANDOFF.md"') == known.count('"path": "web/HANDOFF.md"') == 1
    assert [tell(checkout.root / name, "lint", *SELECT).code for name in ("api", "web")] == [0, 0]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--config", "lint.baseline=b.json"), 2, "there is no baseline b.json, which the config"),
        (("--config", "lint.baseline=damaged.json"), 2, "damaged.json is no baseline that can be"),
        (("--config", "lint.baseline=b.json", "--no-baseline"), 1, ""),
        (("--write-baseline", "notes.txt"), 2, "the baseline would replace notes.txt, which is"),
        (("--write-baseline", HANDOFF), 2, "which is a file to check"),
        (("--write-baseline", "no/folder.json"), 2, "no/folder.json"),
        (
            ("--write-baseline", "--since", "HEAD"),
            2,
            "--write-baseline records what all files have",
        ),
        (("--write-baseline", "damaged.json"), 0, "and is written anew"),
        (("--write-baseline", "new.json"), 0, 'until `baseline = "new.json"` stands in'),
        (("--write-baseline",), 0, "`echo '/.handoff-md-baseline.json merge=union' >> /"),
    ],
)
def test_a_baseline_that_is_in_the_way_is_told_in_one_sentence(
    tmp_path: Path, tell: Tell, args: tuple[str, ...], code: int, said: str
) -> None:
    checkout = old_project(tmp_path, 1)
    write(checkout.root / "notes.txt", "mine\n")
    write(checkout.root / "damaged.json", '{"handoff-md-baseline": 1, "fin')
    done = tell(checkout.root, "lint", *SELECT, *args)
    assert done.code == code, done.stderr
    assert said in done.stderr
    assert (checkout.root / "notes.txt").read_text() == "mine\n"


def test_branches_that_mend_and_add_merge_into_a_baseline_that_holds(
    tmp_path: Path, tell: Tell
) -> None:
    checkout = old_project(tmp_path, *range(1, 21))
    tell(checkout.root, "lint", "--write-baseline", *SELECT)
    checkout.commit("known", **{".gitattributes": f"/{BASELINE} merge=union\n"})
    main = git(checkout.root, "branch", "--show-current").decode().strip()
    checkout.branch("other")
    for branch, numbers in (("other", (4, 9)), (main, (5, 15))):
        checkout.switch(branch)
        for number in numbers:
            edit(checkout, f"[notes](gone-{number}.md)", "notes")
        told = tell(checkout.root, "lint", "-q", "--write-baseline", *SELECT)
        assert told.stdout.endswith("0 new, 2 gone.\n")
        checkout.commit(f"mend on {branch}")
    git(checkout.root, "merge", "--quiet", "--no-edit", "other")
    assert tell(checkout.root, "lint", *SELECT).code == 0
    wrote = tell(checkout.root, "lint", "-q", "--write-baseline", *SELECT)
    assert wrote.stdout.startswith("Recorded 16 known findings")


def test_a_conflict_in_a_baseline_counts_for_both_sides_until_it_is_written_anew(
    tmp_path: Path, tell: Tell
) -> None:
    checkout = old_project(tmp_path, 1, 2)
    tell(checkout.root, "lint", "--write-baseline", *SELECT)
    path = checkout.root / BASELINE
    first, one, two, *end = path.read_text().split("\n")
    conflict = [first, "<<<<<<< HEAD", one, "=======", two, ">>>>>>> other", *end]
    path.write_text("\n".join(conflict))
    assert tell(checkout.root, "lint", *SELECT).code == 0
    tell(checkout.root, "lint", "--write-baseline", *SELECT)
    assert path.read_text().split("\n") == [first, one, two, *end]


def test_excluded_files_are_checked_only_where_they_are_named(tmp_path: Path, tell: Tell) -> None:
    checkout = old_project(tmp_path, 1)
    write(checkout.root / "old/HANDOFF.md", document(broken(2)))
    write(checkout.root / "node_modules/x/HANDOFF.md", document(broken(3)))
    write(checkout.root / "handoff-md.toml", '[lint]\nextend-exclude = ["old/"]\n')
    shown = tell(checkout.root, "lint", ".", "--show-files").stdout
    assert shown == f"{HANDOFF} (handoff)\n"
    named = ("lint", *SELECT, "old/HANDOFF.md", "--output-format=concise")
    assert "old/HANDOFF.md:7" in tell(checkout.root, *named).stdout
    assert tell(checkout.root, *named, "--force-exclude").stdout.startswith("All checks passed (0")


def test_findings_are_silenced_with_a_reason_once(tmp_path: Path, tell: Tell) -> None:
    table = "\n| a | b |\n|---|---|\n| c | [d](gone-d.md) |\n\n- one\n- [two](gone-e.md)\n"
    checkout = old_project(tmp_path, 1, tail=table)
    silence = ("lint", *SELECT, "--add-ignore", "--reason", "from before")
    patch = tell(checkout.root, *silence, "--diff")
    assert patch.stdout.count("+") > 3
    assert "diff: 3 findings would be silenced, and 0 findings would remain" in patch.stderr
    done = tell(checkout.root, *silence)
    assert (done.code, done.stdout) == (0, "Silenced 3 findings.\nAll checks passed (2 files).\n")
    text = (checkout.root / HANDOFF).read_text()
    comment = "<!-- handoff-md: ignore[HL003] from before -->"
    assert f"{comment}\nSee [notes](gone-1.md)." in text
    assert f"| c | [d](gone-d.md) {comment} |\n" in text
    assert f"- one\n- [two](gone-e.md) {comment}\n" in text
    assert tell(checkout.root, *silence).stdout == "All checks passed (2 files).\n"
    assert (checkout.root / HANDOFF).read_text() == text
    for wrong in (("--add-ignore",), ("--reason", "x"), (*silence[3:-1], "a --> b")):
        assert tell(checkout.root, "lint", *wrong).code == 2


def test_what_no_comment_can_silence_is_still_reported(tmp_path: Path, tell: Tell) -> None:
    checkout = old_project(tmp_path, 1)
    args = ("lint", "--select", "HR002,HE008", "--add-ignore", "--reason", "from before")
    checkout.write("# Handoff\n\n**Project**: x\n**Last Updated**: 2020-01-01\n\n" + broken(1))
    before = (checkout.root / HANDOFF).read_text()
    done = tell(checkout.root, *args, "--output-format", "concise")
    assert "HR002" in done.stdout
    assert "Silenced" not in done.stdout
    assert (checkout.root / HANDOFF).read_text() == before
