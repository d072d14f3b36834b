"""``--since``: what a change has introduced, and nothing that was there before."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkouts import HANDOFF, run
from histories import DAY, LOGS, Checkout, document, entry, start
from repositories import git

from handoff_md.app.lint.check import lint_files
from handoff_md.app.lint.invocation import LintRequest
from handoff_md.errors import GitError
from handoff_md.linter.diagnostic import Safety

TWICE = document(entry(19), entry(19, title="Again"))


def new(checkout: Checkout, since: str = "HEAD", *select: str) -> list[tuple[str, int]]:
    """Give code and line of what is new since a revision."""
    chosen = select or ("HE003", "HL003", "HX001")
    report = lint_files(LintRequest(directory=checkout.root, select=chosen, since=since))
    return [(found.code, found.start.line) for found in report.diagnostics]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A repository whose document has session 19 twice, and a broken link."""
    return start(tmp_path / "repository", TWICE + "\nSee [it](gone.md).\n")


def text_of(checkout: Checkout) -> str:
    return (checkout.root / HANDOFF).read_text()


def test_what_was_there_is_not_new_wherever_it_has_moved(checkout: Checkout) -> None:
    assert new(checkout) == []
    checkout.write(text_of(checkout).replace("# Handoff\n", "# Handoff\n\nMore.\n\n" * 3, 1))
    assert new(checkout) == []


def test_nothing_is_new_in_a_clean_tree_where_no_file_says_what_git_ignores(
    checkout: Checkout,
) -> None:
    git(checkout.root, "rm", "--quiet", "--ignore-unmatch", ".gitignore")
    git(checkout.root, "commit", "--quiet", "--allow-empty", "--message", "no ignore file")
    report = lint_files(LintRequest(directory=checkout.root, since="HEAD"))
    assert report.diagnostics == ()
    assert any(
        d.code == "HR002" for d in lint_files(LintRequest(directory=checkout.root)).diagnostics
    )


def test_one_more_of_the_same_is_new(checkout: Checkout) -> None:
    link = "See [it](gone.md).\n"
    checkout.write(text_of(checkout).replace(link, f"{link}\n{link}"))
    (found,) = new(checkout)
    assert found[0] == "HL003"


def test_what_a_commit_has_brought_is_new_since_the_one_before(checkout: Checkout) -> None:
    checkout.commit("third", text_of(checkout) + "\nAnd [that](away.md).\n")
    assert new(checkout, "HEAD") == []
    assert [code for code, _ in new(checkout, "HEAD~1")] == ["HL003"]


def test_only_what_is_new_is_fixed(checkout: Checkout) -> None:
    old, added = "See [a](.agents/HANDOFF.md).\n", "See [b](.agents/HANDOFF.md).\n"
    checkout.commit("old", f"{text_of(checkout)}\n{old}")
    checkout.write(f"{text_of(checkout)}\n{added}")
    request = LintRequest(
        directory=checkout.root, select=("HL004",), since="HEAD", fixes=Safety.SAFE
    )
    report = lint_files(request)
    assert [found.code for found in report.fixed] == ["HL004"]
    assert report.diagnostics == ()
    assert text_of(checkout).endswith(f"{old}\nSee [b](./HANDOFF.md).\n")
    assert not lint_files(request).fixed


def test_removing_a_links_target_makes_the_link_broken_anew(checkout: Checkout) -> None:
    checkout.commit(
        "linked", text_of(checkout) + "\nAnd [that](that.md).\n", **{".agents/that.md": "x\n"}
    )
    assert new(checkout) == []
    (checkout.root / ".agents/that.md").unlink()
    assert [code for code, _ in new(checkout)] == ["HL003"]
    checkout.commit("removed")
    assert [code for code, _ in new(checkout, "HEAD~1")] == ["HL003"]
    assert new(checkout) == []


def test_a_renamed_file_keeps_its_findings_and_a_new_one_has_new_ones(checkout: Checkout) -> None:
    checkout.commit("log", **{f"{LOGS}/{DAY}-session-19-a.md": "# Log\n\nSee [it](gone.md).\n"})
    git(checkout.root, "mv", f"{LOGS}/{DAY}-session-19-a.md", f"{LOGS}/{DAY}-session-19-b.md")
    assert new(checkout) == []
    checkout.write("# Log\n\n[it](gone.md)\n", f"{LOGS}/{DAY}-session-20-c.md")
    assert new(checkout) == [("HL003", 3)]


def test_a_branch_is_compared_with_where_it_left(checkout: Checkout) -> None:
    checkout.branch("topic")
    checkout.commit("topic", **{"other.txt": "x\n"})
    checkout.switch("main")
    checkout.commit("mended", document(entry(19)))
    checkout.switch("topic")
    assert new(checkout, "main") == []


def test_the_command_fails_only_on_what_is_new(checkout: Checkout) -> None:
    command = ("lint", "--select", "HE003,HL003", "--since", "HEAD", "--output-format", "concise")
    assert run(checkout.root, *command).code == 0
    checkout.write(text_of(checkout) + "\nAnd [that](away.md).\n")
    done = run(checkout.root, *command)
    assert done.code == 1
    assert [line.split()[1] for line in done.stdout.splitlines()[:-1]] == ["HL003"]


def test_a_revision_that_is_none_and_a_folder_without_git_are_named(
    checkout: Checkout, tmp_path: Path
) -> None:
    with pytest.raises(GitError, match="there is no revision 'nope'"):
        new(checkout, "nope")
    outside = tmp_path / "outside"
    Checkout(outside).write(TWICE)
    with pytest.raises(GitError, match="is no git repository"):
        new(Checkout(outside))
