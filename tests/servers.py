"""Git's own servers on loopback, and what goes wrong with them: for refs that many may push."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

PUSHES = "service=git-receive-pack"


@contextmanager
def daemon(base: Path) -> Iterator[str]:
    """Serve the bare repositories of a folder by ``git daemon``, for pushing as well."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", f"--base-path={base}"]
    command += ["--export-all", "--enable=receive-pack", "--reuseaddr", str(base)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    try:
        yield f"git://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


@contextmanager
def silent() -> Iterator[str]:
    """Listen, and never answer."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"git://127.0.0.1:{listening.getsockname()[1]}"


class Site:
    """A web server before ``git http-backend``: what it was asked, and what it does wrong.

    ``forbids`` answers 403 where a part of it stands in the request (``POST`` counts as one);
    ``cuts`` says how many pushes are done and then cut before the answer; ``drops`` how many are
    cut before anything is done.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.asked: list[str] = []
        self.forbids: tuple[str, ...] = ()
        self.cuts = 0
        self.drops = 0
        self.url = ""

    @property
    def trips(self) -> int:
        """Give how many conversations there were: each begins with a list of refs."""
        return sum("/info/refs" in one for one in self.asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: ClassVar[Site]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        site = self.site
        said = f"{self.command} {self.path}"
        site.asked.append(said)
        body = self._body()
        if any(part in said for part in site.forbids):
            self.send_error(403)
            return
        is_push = said.startswith("POST") and said.endswith("git-receive-pack")
        # git asks by an empty request first whether it may push at all.
        is_push = is_push and len(body) > 4
        if is_push and site.drops:
            site.drops -= 1
            self._cut()
            return
        told = self._run(body)
        if is_push and site.cuts:
            site.cuts -= 1
            self._cut()
            return
        head, _, content = told.partition(b"\r\n\r\n")
        fields = [line.partition(": ")[::2] for line in head.decode().splitlines()]
        code = next((int(value[:3]) for name, value in fields if name == "Status"), 200)
        self.send_response(code)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _run(self, body: bytes) -> bytes:
        path, _, query = self.path.partition("?")
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.site.base),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "agent",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=env, capture_output=True, check=False
        )
        return done.stdout

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def http(base: Path) -> Iterator[Site]:
    """Serve the bare repositories of a folder by ``git http-backend``."""
    site = Site(base)
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
