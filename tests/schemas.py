"""Holds what commands print to their schemas, wherever a test runs one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache

from jsonschema import Draft202012Validator

from handoff_md.app.schema import CONFIG, Schema, list_schemas, make_schema

PRINTED = tuple(name for name in list_schemas() if name != CONFIG)
"""The names of the schemas of what commands print."""


def schema_of(args: Sequence[str]) -> str | None:
    """Name the schema of what a command prints by its arguments; None where that is no JSON."""
    if not {"--json", "--output-format"} & set(args) or "-C" in args:
        return None
    if "--json" not in args and args[args.index("--output-format") + 1] != "json":
        return None
    words = [word for word in args if not word.startswith("-")]
    return next(name for name in ("-".join(words[:2]), words[0]) if name in PRINTED)


def hold_to_schema(name: str, printed: str) -> None:
    """Assert that an object is as its schema says, with all its keys in order and no others."""
    report = json.loads(printed)
    _validator(name).validate(report)
    assert list(report) == make_schema(name)["required"]


def parts_of(schema: Schema) -> Iterator[Schema]:
    """Give a schema, and all that it refers to."""
    yield schema
    yield from schema.get("$defs", {}).values()


@cache
def _validator(name: str) -> Draft202012Validator:
    """Give a validator that refuses keys that the schema does not name."""
    schema = make_schema(name)
    for part in parts_of(schema):
        if "properties" in part:
            part["additionalProperties"] = False
    return Draft202012Validator(schema)
