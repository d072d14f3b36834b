"""Answers: what commands tell programs. Each is a value, and becomes JSON here alone."""

from __future__ import annotations

import json
import re

from msgspec import to_builtins

from handoff_md.value import Value


class Answer(Value, tag_field="version", tag=1):
    """The base of what `--json` prints: its version, then each of its fields, in their order.

    JSON Schemas are made of the types. So a field has no default, and one that has nothing to tell
    is None; what stands inside an answer is a `Value` as well.
    """


def write_answer(answer: Value) -> str:
    """Write an answer as one JSON object, in ASCII: escapes carry what is not UTF-8."""
    return json.dumps(to_builtins(answer), indent=2)


def write_line(answer: Value) -> str:
    """Write an answer as one JSON object in one line; U+FFFD stands for what is not UTF-8."""
    text = json.dumps(to_builtins(answer), ensure_ascii=False, separators=(",", ":"))
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
