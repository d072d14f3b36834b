"""JSON Schemas of what commands print with ``--json`` and of the configuration, from the types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from inspect import cleandoc
from typing import Annotated, Any, Final, NamedTuple, TypeAlias, get_type_hints

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct
from msgspec.json import schema_components

from handoff_md.config import DURATIONS, PATHS, ROW, ROWS, Config
from handoff_md.errors import HandoffError, did_you_mean
from handoff_md.linter import options
from handoff_md.text.pattern import lazy_pattern

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_HOME: Final = "https://raw.githubusercontent.com/handoff-md/handoff-md/main/docs/schemas"
CONFIG: Final = "config"
"""The name of the configuration's schema: the one that lies at an address, for editors."""

Schema: TypeAlias = dict[str, Any]


class _Printed(NamedTuple):
    """What a command prints: the command, and the module and the name of the type."""

    command: str
    module: str
    type: str


_PRINTED: Final = {
    "build": _Printed("build --json", "app.derived.building", "BuildAnswer"),
    "context": _Printed("context --json", "app.context", "ContextAnswer"),
    "doctor": _Printed("doctor --json", "app.checkup.examine", "CheckupAnswer"),
    "lint": _Printed("lint --output-format json", "linter.reporters.json_report", "LintAnswer"),
    "merge": _Printed("merge --json", "app.merge.report", "MergeAnswer"),
    "resolve": _Printed("resolve --json", "app.resolve", "ResolveAnswer"),
    "rule": _Printed("rule --json", "app.rule", "RulesAnswer"),
    "run-cancel": _Printed("run cancel --json", "app.run.finish", "RunCancelAnswer"),
    "run-finish": _Printed("run finish --json", "app.run.finish", "RunFinishAnswer"),
    "run-list": _Printed("run list --json", "app.run.history", "ToldRuns"),
    "run-show": _Printed("run show --json", "app.run.history", "ShownRun"),
    "run-start": _Printed("run start --json", "app.run.start", "RunStartAnswer"),
    "run-status": _Printed("run status --json", "app.run.status", "RunStatusAnswer"),
    "session-abandon": _Printed("session abandon --json", "app.session.abandon", "AbandonAnswer"),
    "session-end": _Printed("session end --json", "app.session.ended", "EndAnswer"),
    "session-list": _Printed("session list --json", "app.session.listing", "SessionsAnswer"),
    "session-note": _Printed("session note --json", "app.session.work_log", "NoteAnswer"),
    "session-rename": _Printed("session rename --json", "app.session.rename", "RenamedSession"),
    "session-salvage": _Printed("session salvage --json", "app.session.salvage", "SalvageAnswer"),
    "session-show": _Printed("session show --json", "app.session.listing", "ShownAnswer"),
    "session-start": _Printed("session start --json", "app.session.start", "StartAnswer"),
    "show": _Printed("show --json", "preview.outline_json", "ShowAnswer"),
    "split": _Printed("split --json", "app.derived.splitting", "SplitAnswer"),
}

# What no type says of the configuration's values; `read_config` checks the same.
_Count: TypeAlias = Annotated[int, Meta(ge=0)]
_Ratio: TypeAlias = Annotated[float, Meta(ge=0.1, le=100.0)]
_Duration: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^\s*([0-9]+(\.[0-9]+)?\s*[hH])?\s*([0-9]+(\.[0-9]+)?\s*[mM]([iI][nN])?)?"
        r"\s*([0-9]+(\.[0-9]+)?\s*[sS]?)?\s*$",
        min_length=1,
    ),
]
_InnerPath: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^(?!/)(?=.*\S)(?!(.*/)?(\.\.|\.[gG][iI][tT])(/|$))[^\\]+$"),
]
_Row: TypeAlias = Annotated[str, Meta(pattern=f"^{ROW.pattern}$")]

_ATTRIBUTE: Final = lazy_pattern(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def list_schemas() -> dict[str, str]:
    """Say of each schema, by its name, what it is about."""
    printed = {name: f"what `{one.command}` prints" for name, one in _PRINTED.items()}
    return {CONFIG: "the configuration, handoff-md.toml", **printed}


def make_schema(name: str) -> Schema:
    """Make a schema, of the draft 2020-12.

    Raises:
        HandoffError: there is none of that name.
    """
    if name == CONFIG:
        schema = _complete("handoff-md.toml", _config_type(), [Config])
        return {"$schema": schema.pop("$schema"), "$id": f"{_HOME}/{name}.json", **schema}
    if name not in _PRINTED:
        known = list_schemas()
        hint = did_you_mean(name, known) or f"Known schemas: {', '.join(known)}."
        raise HandoffError(f"there is no schema {name!r}", hint)
    printed = _PRINTED[name]
    answer = getattr(import_module(f"handoff_md.{printed.module}"), printed.type)
    return _complete(f"handoff-md {printed.command}", answer, answer.__mro__)


def _complete(title: str, of: type, documenting: Iterable[type]) -> Schema:
    """Put a type's schema together; the docstrings of some classes describe it."""
    (reference,), parts = schema_components([of], ref_template="#/$defs/{name}")
    for part in parts.values():
        _describe(part, cleandoc(part.pop("description", "")))
    top = parts.pop(reference["$ref"].rpartition("/")[2])
    for documented in documenting:
        _describe(top, cleandoc(documented.__doc__ or ""))
    whole = {"$schema": _DIALECT, **top, "title": title}
    return {**whole, "$defs": parts} if parts else whole


def _describe(part: Schema, documentation: str) -> None:
    """Describe what nothing describes yet: a type by its docstring, its keys by the attributes."""
    words, _, attributes = documentation.partition("\n\nAttributes:\n")
    if words:
        part.setdefault("description", _in_a_line(words))
    if not part.get("required", True):
        del part["required"]  # an older draft, which some editors follow, has no empty list here
    properties = part.get("properties", {})
    for name, meaning in _ATTRIBUTE.findall(attributes):
        for key in {name, name.replace("_", "-")} & properties.keys():
            properties[key].setdefault("description", _in_a_line(meaning))


def _in_a_line(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _config_type() -> type[Struct]:
    """Make a type of the configuration, with its keys as they are written."""
    defaults, kinds = Config._field_defaults, get_type_hints(Config, localns=vars(options))
    keys = [
        (name, _refined(name, kinds[name]), default)
        for name, default in defaults.items()
        if name != "lint"
    ]
    return defstruct(
        "Configuration",
        [*keys, ("lint", options.LintTable | UnsetType, UNSET)],
        rename="kebab",
        forbid_unknown_fields=True,
    )


def _refined(name: str, kind: object) -> object:
    """Say of a field's type what else its values have to be."""
    key = name.replace("_", "-")
    if key in DURATIONS:
        return _Count | _Duration
    if key in PATHS:
        return _InnerPath
    if key in ROWS:
        return tuple[_Row, ...]
    return _Ratio if kind is float else _Count if kind is int else kind
