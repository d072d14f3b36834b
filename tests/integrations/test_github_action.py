"""The steps of the action that lints, run as GitHub runs them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from action_runner import Runner, read_action
from lint_repositories import BAD, GOOD, HANDOFF, ROOT, make_repository, with_command
from repositories import git

ACTION = read_action("lint")
_ZEROS = "0" * 40


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    folder = tmp_path / "runner"
    folder.mkdir()
    checkout = make_repository(tmp_path / "checkout", BAD)
    return Runner("lint", folder, checkout, with_command(tmp_path / "tools"))


def titles(done: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """Give the titles of the annotations that a step makes."""
    for line in done.stdout.splitlines():
        found = re.match(r"::(?:error|warning|notice) .*title=(?P<code>\w+)", line)
        if found:
            yield found["code"]


def test_a_finding_fails_the_step_and_is_annotated(runner: Runner) -> None:
    done = runner.run()
    assert (done.returncode, list(titles(done))) == (1, ["HE003"]), done.stderr
    assert f"file={HANDOFF}," in done.stdout


def test_what_does_not_fail_is_annotated_all_the_same(runner: Runner) -> None:
    done = runner.run(**{"fail-on": "never"})
    assert (done.returncode, list(titles(done))) == (0, ["HE003"])


def test_paths_are_read_one_a_line_and_never_as_shell(runner: Runner) -> None:
    other = runner.checkout / "a $(touch evil) b" / "HANDOFF.md"
    other.parent.mkdir()
    other.write_text(GOOD.replace("./", "../.agents/"), "utf-8")
    done = runner.run(paths=f"{other.relative_to(runner.checkout)}\n.agents/sessions\n")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert not (runner.checkout / "evil").exists()


def test_sarif_is_written_beside_what_is_printed(runner: Runner) -> None:
    done = runner.run(**{"sarif-file": "found.sarif", "format": "concise"})
    assert done.returncode == 1
    assert f"{HANDOFF}:" in done.stdout
    (run,) = json.loads((runner.checkout / "found.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["HE003"]
    assert (runner.folder / "GITHUB_OUTPUT").read_text() == "sarif-file=found.sarif\n"


def test_a_summary_of_the_job_is_written_beside_what_is_printed(runner: Runner) -> None:
    summary = runner.folder / "summary.md"
    runner.environment = {**runner.environment, "GITHUB_STEP_SUMMARY": str(summary)}
    done = runner.run()
    assert (done.returncode, list(titles(done))) == (1, ["HE003"]), done.stderr
    assert summary.read_text("utf-8").startswith("## handoff-md: 1 error in 1 file\n")


@pytest.mark.parametrize("event", ["pull_request", "merge_group", "push"])
def test_only_what_an_event_has_brought_is_reported(runner: Runner, event: str) -> None:
    base = git(runner.checkout, "rev-parse", "HEAD").decode().strip()
    (runner.checkout / HANDOFF).write_text(f"{BAD}\nMore.\n", "utf-8")
    git(runner.checkout, "commit", "--quiet", "--all", "--message", "docs: say more")
    events: dict[str, dict[str, Any]] = {
        "pull_request": {"pull_request": {"base": {"sha": base}}},
        "merge_group": {"merge_group": {"base_sha": base}},
        "push": {"before": base},
    }
    runner.event = events[event]
    done = runner.run(**{"only-changed": "true"})
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert runner.run().returncode == 1


def test_a_first_push_has_nothing_before_it_and_all_is_reported(runner: Runner) -> None:
    for main in (None, "main"):
        runner.event = {"before": _ZEROS, "repository": {"default_branch": main}}
        runner.ref = "refs/heads/main"
        assert runner.run(**{"only-changed": "true"}).returncode == 1


@pytest.mark.parametrize("depth", [[], ["--depth=1"]])
def test_of_a_new_branch_or_tag_or_a_forced_push_what_the_default_branch_lacks_is_reported(
    runner: Runner, tmp_path: Path, depth: list[str]
) -> None:
    hub = runner.checkout
    git(hub, "branch", "old")
    git(hub, "commit", "--quiet", "--allow-empty", "--message", "docs: go on elsewhere")
    git(hub, "switch", "--quiet", "--create", "topic", "old")
    (hub / HANDOFF).write_text(f"{BAD}\nMore.\n", "utf-8")
    git(hub, "commit", "--quiet", "--all", "--message", "docs: say more")
    git(hub, "tag", "v1")
    for ref, before, found in (
        ("heads/topic", _ZEROS, []),
        ("tags/v1", _ZEROS, []),
        ("heads/topic", "1" * 40, []),
        ("heads/bad", _ZEROS, ["HX004"]),
    ):
        if ref == "heads/bad":
            git(hub, "switch", "--quiet", "--create", "bad")
            (hub / HANDOFF).write_bytes(BAD.encode() + b"\r\n")
            git(hub, "commit", "--quiet", "--all", "--message", "docs: end lines otherwise")
        name = f"clone-{len(list(tmp_path.iterdir()))}"
        branch = ref.partition("/")[2]
        options = ["--quiet", "--no-tags", "--single-branch", *depth, "--branch", branch]
        git(tmp_path, "clone", *options, f"file://{hub}", name)
        runner.checkout, runner.ref = tmp_path / name, f"refs/{ref}"
        runner.event = {"before": before, "repository": {"default_branch": "main"}}
        done = runner.run(**{"only-changed": "true", "fail-on": "warning"})
        assert list(titles(done)) == found, (ref, done.stdout, done.stderr)
        assert done.returncode == bool(found)


def test_a_shallow_checkout_fetches_the_commit_to_compare_with(
    runner: Runner, tmp_path: Path
) -> None:
    base = git(runner.checkout, "rev-parse", "HEAD").decode().strip()
    git(runner.checkout, "commit", "--quiet", "--allow-empty", "--message", "docs: say nothing")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{runner.checkout}", str(clone))
    git(runner.checkout, "config", "uploadpack.allowAnySHA1InWant", "true")
    runner.checkout, runner.event = clone, {"before": base}
    done = runner.run(**{"only-changed": "true"})
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_inputs_are_documented_with_their_defaults() -> None:
    page = (ROOT / "docs/lint.md").read_text("utf-8").partition("## GitHub Actions")[2]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (?:`([^`]*)`)?", page, re.MULTILINE))
    assert rows == {name: value["default"] for name, value in ACTION["inputs"].items()}


@pytest.mark.full
def test_the_action_installs_the_package_that_it_came_with(runner: Runner) -> None:
    bare = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(runner.folder)}
    kept = {key: value for key, value in runner.environment.items() if key.startswith("PIP_")}
    runner.environment = {**bare, **kept}
    install, lint = ACTION["runs"]["steps"]
    done = runner.run_step(install, {})
    assert done.returncode == 0, done.stderr
    path = (runner.folder / "GITHUB_PATH").read_text().strip()
    runner.environment = {**runner.environment, "PATH": f"{path}:{bare['PATH']}"}
    assert list(titles(runner.run_step(lint, {}))) == ["HE003"]
