"""Says which settings a run of the linter has, as a configuration file would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from handoff_md.app.lint.invocation import LintRun
from handoff_md.config import Config
from handoff_md.linter.engine import choose_rules
from handoff_md.linter.options import LintOptions
from handoff_md.linter.page import PageKind


def write_settings(run: LintRun) -> str:
    """Give all settings in force as TOML, and the rules that run as comments behind them."""
    config, options = run.workspace.config, run.context.options
    lines = [
        f"{_key(name)} = {_value(getattr(config, name))}"
        for name in Config._fields
        if name != "lint"
    ]
    lines += ["", "[lint]"]
    tables: list[str] = []
    for name in (name for name in LintOptions.__struct_fields__ if name != "profile"):
        value = getattr(options, name)
        if isinstance(value, Mapping):
            tables += _table(name, value)
        else:
            lines.append(f"{_key(name)} = {_value(value)}")
    rules = choose_rules(run.context, *PageKind, None)
    lines += [*tables, "", f"# {len(rules)} rules run:"]
    lines += [f"# {rule.code} {rule.name}" for rule in rules]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name.replace("_", "-")


def _table(name: str, values: Mapping[str, object]) -> Iterator[str]:
    if values:
        yield ""
        yield f"[lint.{_key(name)}]"
    for key, value in values.items():
        yield f"{json.dumps(key)} = {_value(value)}"


def _value(value: object) -> str:
    """Write a text, number, truth value or list of texts in TOML, which has them as JSON does."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
