"""Answers: what commands tell programs. Each is a value, and becomes JSON here alone."""

from __future__ import annotations

import json

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
