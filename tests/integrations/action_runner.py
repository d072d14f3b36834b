"""The steps of an action run as GitHub runs them: each ``run`` in bash, with its ``env``."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from lint_repositories import ROOT

_EXPRESSION = re.compile(r"\$\{\{\s*(?P<words>.+?)\s*\}\}")


@dataclass(slots=True)
class Runner:
    """A runner with a checkout; what a step writes for the next ones is kept in files."""

    action: str
    folder: Path
    checkout: Path
    environment: Mapping[str, str]
    event: dict[str, Any] = field(default_factory=dict)
    ref: str = ""
    event_name: str = ""

    @property
    def definition(self) -> Mapping[str, Any]:
        """Give the action as its file defines it."""
        return read_action(self.action)

    def run(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run all steps, up to the first that fails, and give the last one."""
        for step in self.definition["runs"]["steps"]:
            done = self.run_step(step, inputs)
            if done.returncode:
                break
        return done

    def run_step(
        self, step: Mapping[str, Any], inputs: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        assert step["shell"] == "bash"
        script = self.folder / f"{step['id']}.sh"
        script.write_text(step["run"], "utf-8")
        told = {name: self._fill(value, inputs) for name, value in step.get("env", {}).items()}
        files = {name: str(self.folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_PATH")}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.checkout,
            env={**self.environment, "RUNNER_TEMP": str(self.folder), **files, **told},
            capture_output=True,
            text=True,
            check=False,
        )

    def _fill(self, text: str, inputs: Mapping[str, str]) -> str:
        defaults = {name: value["default"] for name, value in self.definition["inputs"].items()}
        path = str(ROOT / ".github/actions" / self.action)
        github = {
            "action_path": path,
            "event": self.event,
            "ref": self.ref,
            "event_name": self.event_name,
        }
        known = {"inputs": {**defaults, **inputs}, "github": github}
        return _EXPRESSION.sub(lambda found: evaluate(found["words"], known), text)


def evaluate(expression: str, known: Mapping[str, Any]) -> str:
    """Evaluate names that dots lead to, and ``||``: what is not there is empty."""
    for name in expression.split("||"):
        value: Any = known
        for word in name.strip().split("."):
            value = value.get(word, {}) if isinstance(value, Mapping) else {}
        if value:
            return str(value)
    return ""


def read_action(name: str) -> Mapping[str, Any]:
    """Read an action of this repository."""
    definition = yaml.safe_load((ROOT / f".github/actions/{name}/action.yml").read_text("utf-8"))
    assert isinstance(definition, Mapping)
    return definition
