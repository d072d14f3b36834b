from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from command_process import environment, run_command, said
from handoff_trees import write_tree

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "exit-codes-and-json.md"


def test_json_is_one_object_for_any_bytes(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        b"\xef\xbb\xbf# H\r\n\r\n**K\x1b**: \xff\r\n\r\n"
        b"## Recent Sessions\r\n\r\n### 2025-01-02: \xfe\n",
    )
    done = run_command(tmp_path, "show", "--json")
    told = json.loads(done.stdout.decode("ascii"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert told["version"] == 1
    assert (told["line_endings"], told["byte_order_mark"]) == ("mixed", True)
    assert told["header"] == [{"key": "K\x1b", "value": "\ufffd", "line": 3}]
    assert told["entries"][0]["title"] == "\ufffd"


def test_json_names_what_the_documentation_names(tmp_path: Path) -> None:
    write_tree(tmp_path)
    told = json.loads(run_command(tmp_path, "show", "--json").stdout)
    documented = DOCUMENTATION.read_text("utf-8")
    for key in [*told, *told["entries"][0], *told["entries_section"], *told["header"][0]]:
        assert f"`{key}`" in documented, key
    assert told["entries_section"] == {
        "heading": "Recent Sessions",
        "line": 5,
        "level": 3,
        "order": "newest-first",
        "entries": 2,
    }


def test_json_loads_no_renderer(tmp_path: Path) -> None:
    write_tree(tmp_path)
    code = (
        "import sys\n"
        "from handoff_md.cli.commands import run\n"
        "run(['show', '--json'])\n"
        "print([n for n in ('rich', 'git', 'filelock', 'mdformat') if n in sys.modules],"
        " file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.stderr == b"[]\n"


def test_any_document_can_be_named_wherever_it_lies(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "notes.md").write_text("# Notes\n\n### 2025-01-01: One\n")
    done = run_command(inside, "show", "../notes.md")
    assert done.returncode == 0
    assert "2025-01-01" in done.stdout.decode()


def test_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / ".agents").mkdir(parents=True)
    (tmp_path / "secret.md").write_text("# Secret\n")
    (root / ".agents" / "HANDOFF.md").symlink_to(tmp_path / "secret.md")
    done = run_command(root, "show")
    assert done.returncode == 2
    assert "outside" in said(done)


def test_it_works_where_there_is_no_git(tmp_path: Path) -> None:
    write_tree(tmp_path)
    done = run_command(tmp_path, "show", PATH="/nonexistent")
    assert done.returncode == 0
    assert "2 entries" in done.stdout.decode()


def test_the_tree_is_safe_to_look_at(tmp_path: Path) -> None:
    write_tree(tmp_path, "# H\x1b[31m\n\nwords \u202e\n")
    done = run_command(tmp_path, "show", "--tree")
    assert done.returncode == 0, said(done)
    text = done.stdout.decode()
    assert all(char.isprintable() or char in "\n\t" for char in text)


def test_why_names_what_was_found_and_how_sure_it_is(tmp_path: Path) -> None:
    log = b"# Work log\n\nNewest last.\n\n- 2026-03-05: Sown\n- 2026-03-05: Weeded\n"
    write_tree(tmp_path, log)
    done = run_command(tmp_path, "show", "--why")
    told = done.stdout.decode()
    assert done.returncode == 0
    assert '2 list items under "Work log", from line 5 on' in told
    assert "names a log" in told
    assert "headed as: {date}: {title}" in told
    assert 'order: newest last: the document says "Newest last"' in told
    brief = b"# House\n\n## Beds (2026-03-07)\n\n## Pots (2026-03-05)\n\n## Tools\n"
    write_tree(tmp_path / "brief", brief)
    told = run_command(tmp_path / "brief", "show", "--why").stdout.decode()
    assert "it is not sure where entries stand" in told
    assert "close: 2 headings" in told
    assert "--into LINE:" in told
    assert run_command(tmp_path, "show", "--why", "--json").returncode == 2


def test_the_configuration_says_how_entries_run_and_are_headed(tmp_path: Path) -> None:
    write_tree(tmp_path, b"# Work log\n\n## 2026-03-07 Weed\n\n## 2026-03-05 Sow\n")
    config = tmp_path / "handoff-md.toml"
    config.write_text('entries-order = "newest-last"\nentry-heading = "{date} ({id}) {title}"\n')
    told = run_command(tmp_path, "show", "--why").stdout.decode()
    assert "order: newest last: entries-order is configured" in told
    assert "headed as: {date} ({id}) {title}" in told
    for line, message in (
        (
            'entries-order = "up"',
            "entries-order must be one of newest-first, newest-last, not 'up'",
        ),
        ('entry-heading = "{day} {title}"', "entry-heading"),
    ):
        config.write_text(f"{line}\n")
        done = run_command(tmp_path, "show")
        assert done.returncode == 2
        assert message in said(done)
        assert "Traceback" not in said(done)
