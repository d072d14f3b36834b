from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmark_folders import environment, prepare_handoff, prepare_lint, prepare_logs
from generator import make_document, make_summary
from lint_generator import count_entries, make_handoff, make_log
from measure import alternate, idle_job

from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary


def test_a_document_has_the_size_that_is_asked_for_and_its_entries_are_understood() -> None:
    text = make_document(120_000)
    assert 118_000 < len(text) <= 120_000
    entries = parse(text).entries
    assert len(entries) > 80
    assert [str(found) for found in entries[0].session_ids] == ["400"]


def test_the_same_seed_gives_the_same_document_and_another_seed_another() -> None:
    assert make_document(20_000, seed=7) == make_document(20_000, seed=7)
    assert make_document(20_000, seed=7) != make_document(20_000, seed=8)


def test_a_summary_has_about_one_kilobyte_and_no_problem() -> None:
    text = make_summary(19)
    assert 1_000 < len(text) < 1_400
    assert not parse_summary(text, name="handoff-session-19-summary.md").problems


def test_a_prepared_folder_merges_at_once_and_into_one_commit(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    prepare_handoff(tmp_path / "prepared", 3).copy_to(copy)
    command = [sys.executable, "-m", "handoff_md", "merge", "--orchestrator", "9", "--json"]
    done = subprocess.run(command, cwd=copy, env=environment(), capture_output=True, check=True)
    report = json.loads(done.stdout)
    assert report["status"] == "merged"
    assert report["commit"]
    assert [session["problems"] for session in report["sessions"]] == [[], [], []]


def test_a_measurement_holds_all_runs_but_the_warm_up(tmp_path: Path) -> None:
    (idle,) = alternate([idle_job()], tmp_path, runs=2)
    assert len(idle.usages) == 2
    assert all(usage.cpu > 0 and usage.peak > 0 for usage in idle.usages)


def test_what_is_linted_has_the_size_that_is_asked_for_and_the_same_text_each_time() -> None:
    text = make_handoff(120_000)
    assert 115_000 < len(text.encode()) <= 120_000
    assert len(parse(text).entries) == count_entries(text) > 50
    assert text == make_handoff(120_000)
    assert 4_000 < len(make_log(1)) < 6_000


def test_what_is_linted_keeps_to_the_rules(tmp_path: Path) -> None:
    document = prepare_lint(tmp_path / "lint", 20_000), ".agents/HANDOFF.md"
    logs = prepare_logs(tmp_path / "logs", 5), ".agents"
    for place, path in (document, logs):
        command = [sys.executable, "-m", "handoff_md", "lint", "--output-format", "concise", path]
        done = subprocess.run(
            command, cwd=place, env=environment(), capture_output=True, check=False
        )
        assert done.stdout.startswith(b"All checks passed"), done.stdout.decode()
