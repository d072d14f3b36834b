"""Stands in for the servers of models, on the loopback: says ``ok``, or asks for what a test wants.

It speaks as much of the Messages and of the Responses API as the agents' programs need.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Body = dict[str, Any]
Call = tuple[str, dict[str, object]]
"""A tool, and what it is called with."""
Calls = Sequence[Call]


class ModelServer:
    """Where it listens, and what it was asked, in order."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []


@contextmanager
def serve(decide: Callable[[str], Calls]) -> Iterator[ModelServer]:
    """Serve as long as the block lasts; ``decide`` answers the text of a request with calls."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(b'{"data": [], "models": []}', "application/json")

        def do_HEAD(self) -> None:
            self._send(b"", "application/json")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            asked = body.decode("utf-8", "replace")
            if "count_tokens" in self.path:
                self._send(b'{"input_tokens": 1}', "application/json")
                return
            server.asked.append(asked)
            calls = decide(asked)
            events = _messages(calls) if "messages" in self.path else _responses()
            lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
            self._send("".join(lines).encode(), "text/event-stream")

        def _send(self, data: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = ModelServer(listener.server_port)
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def _messages(calls: Calls) -> Iterator[Body]:
    """Give the events of an answer of the Messages API: calls of tools, or ``ok``."""
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    usage = {"input_tokens": 1, "output_tokens": 1}
    yield {"type": "message_start", "message": {**message, "stop_reason": None, "usage": usage}}
    blocks: list[tuple[Body, Body]] = [
        (
            {"type": "tool_use", "id": f"toolu_{tool}_{number}", "name": tool, "input": {}},
            {"type": "input_json_delta", "partial_json": json.dumps(given)},
        )
        for number, (tool, given) in enumerate(calls)
    ] or [({"type": "text", "text": ""}, {"type": "text_delta", "text": "ok"})]
    for index, (block, delta) in enumerate(blocks):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    reason = {"stop_reason": "tool_use" if calls else "end_turn"}
    yield {"type": "message_delta", "delta": reason, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}


def _responses() -> Iterator[Body]:
    """Give the events of an answer of the Responses API: ``ok``."""
    yield {"type": "response.created", "response": {"id": "r"}}
    text = {"type": "output_text", "text": "ok"}
    item = {"type": "message", "role": "assistant", "id": "i", "content": [text]}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    yield {"type": "response.completed", "response": {"id": "r", "usage": usage}}
