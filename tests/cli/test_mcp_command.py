"""The server of tools as hosts run it: a process that is spoken with over pipes."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from checkouts import document_of, make_checkout, write
from inprocess import Tell, make_tell
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import TextResourceContents

ARGS = ("-m", "handoff_md", "mcp")
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}
tell = pytest.fixture(make_tell)


class Host:
    """Speaks with a server line by line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def write(self, line: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def send(self, number: int, method: str, **params: object) -> None:
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.write(json.dumps(message).encode())

    def call(self, number: int, tool: str, **arguments: object) -> None:
        self.send(number, "tools/call", name=tool, arguments=arguments)

    def read(self) -> dict[str, Any]:
        assert self._process.stdout
        told = json.loads(self._process.stdout.readline())
        assert isinstance(told, dict)
        return told

    def leave(self) -> None:
        """Close the pipe that the server reads."""
        assert self._process.stdin
        self._process.stdin.close()

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def ended(self) -> int:
        """Give the server's exit code; it has written nothing that nobody has read."""
        assert self._process.stdout
        assert self._process.stderr
        code = self._process.wait(30)
        assert self._process.stderr.read() == b""
        for line in self._process.stdout.read().splitlines():
            assert json.loads(line)["jsonrpc"] == "2.0"
        return code


@contextmanager
def host(folder: Path) -> Iterator[Host]:
    """Start a server in a folder, and greet it."""
    with subprocess.Popen(
        [sys.executable, *ARGS],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        served = Host(process)
        served.send(0, "initialize", **HELLO)
        assert served.read()["result"]["serverInfo"]["name"] == "handoff-md"
        yield served


def hook(root: Path, script: str) -> None:
    write(root / ".git/hooks/pre-commit", f"#!/bin/sh\n{script}\n").chmod(0o755)


def test_a_client_speaks_with_it_over_a_pipe_that_nothing_else_is_written_to(
    tmp_path: Path,
) -> None:
    root = make_checkout(tmp_path / "root")
    hook(root, "echo 'a hook that is loud'; echo 'and on stderr' >&2")
    said = tmp_path / "stderr"

    async def play() -> None:
        with said.open("w", encoding="utf-8") as errors:
            start = StdioServerParameters(
                command=sys.executable,
                args=["-m", "handoff_md", "-C", str(root), "mcp"],
                env=dict(os.environ),
            )
            async with Client(stdio_client(start, errlog=errors)) as client:
                started = await client.call_tool("session_start", {"title": "Caf\u00e9"})
                assert started.structured_content["root"] == str(root)
                ended = await client.call_tool(
                    "session_end", {"id": "19", "summary": "# T\n\nIt.\n"}
                )
                assert (ended.is_error, ended.structured_content["problems"]) == (False, [])
                (document,) = (await client.read_resource("handoff://document")).contents
                assert isinstance(document, TextResourceContents)
                assert "> It." in document.text.splitlines()

    anyio.run(play)
    assert said.read_text("utf-8") == ""


def test_it_survives_what_is_no_message_and_ends_what_it_writes_when_the_client_goes(
    tmp_path: Path,
) -> None:
    root = make_checkout(tmp_path / "root")
    writing = tmp_path / "writing"
    with host(root) as served:
        served.write(b"no JSON")
        served.write(b"\xff\xfe")
        served.write(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud800"}}')
        served.write(b"[" * 20_000)
        served.send(2, "tools/call", name="session_start", arguments="title")
        assert served.read()["error"]["code"] == -32602
        served.call(3, "session_start", title="x" * 10_000_000)
        assert served.read()["result"]["isError"]
        served.call(4, "session_start", title="Work")
        assert served.read()["result"]["structuredContent"]["id"] == "19"
        hook(root, f"touch {writing}; sleep 0.5")
        served.call(5, "session_end", id="19", summary="# Work\n\nIt is done.\n")
        until = time.monotonic() + 30
        while not writing.exists() and time.monotonic() < until:
            time.sleep(0.02)
        served.leave()
        assert served.ended() == 0
    assert "It is done." in document_of(root)


def test_an_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    with host(tmp_path) as served:
        served.interrupt()
        assert served.ended() == 130


def test_without_its_package_it_says_how_to_install_that(
    tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "handoff_md.mcp.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp_types", None)
    done = tell(tmp_path, "mcp")
    assert (done.code, done.stdout) == (2, "")
    assert "error: handoff-md mcp needs the package mcp, which is not installed\n" in done.stderr
    command = re.search(r"`(.*)`", done.stderr)
    assert command is not None
    python, *install, first, second = shlex.split(command[1])
    assert (python, install) == (sys.executable, ["-m", "pip", "install"])
    assert (first.startswith("anyio"), second.startswith("mcp")) == (True, True)
