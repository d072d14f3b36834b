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
