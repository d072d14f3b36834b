"""One run of the linter: what it is asked, where it works, by which settings, what it reports."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import field
from msgspec.structs import replace

from handoff_md.app.lint.files import LintFile
from handoff_md.app.lint.surroundings import look_around
from handoff_md.app.workspace import STATE, Workspace, open_workspace
from handoff_md.config import CONFIG_FILES, Config, find_in_texts, override_config
from handoff_md.git.repository import NoWorkTreeError, find_history
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic, Safety
from handoff_md.linter.engine import choose_rules
from handoff_md.linter.options import Layout, LintOptions
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import Rule
from handoff_md.linter.selection import check_selectors, ignored_for
from handoff_md.text.edit import Patch
from handoff_md.text.source import Source
from handoff_md.value import Value

_STALE_DATE = "HE008"


class LintRequest(Value, kw_only=True):
    """What ``lint`` is asked for.

    Attributes:
        directory: where the command runs; ``paths`` are relative to it.
        paths: the files and folders to check; empty for all that the project has.
        skip_others: pass over named files that are nothing of the protocol.
        force_exclude: pass over named files that the configuration excludes.
        baseline: leave out what the baseline knows of.
        select: the rules to run in place of the configured ones; None for these.
        extend_select: further rules.
        ignore: rules to leave out.
        settings: ``KEY=VALUE`` pairs that come before the configuration's.
        isolated: use no configuration file.
        fixes: the fixes to make; None for none.
        write: write what is fixed; else it is only worked out.
        since: report and fix only what was not there at this revision.
        commits: check the commits of this range, and no files.
        report_to: the absolute paths of the files that are written, which may be none that are
            checked.
        reason: silence what is found, with a comment that gives this reason; None to report it.
        today: the day that it is; None where nobody asks.
        stdin: the content that stands for a file's; the name of that file is ``stdin_name``.
    """

    directory: Path
    paths: tuple[Path, ...] = ()
    skip_others: bool = False
    force_exclude: bool = False
    baseline: bool = True
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    isolated: bool = False
    fixes: Safety | None = None
    write: bool = True
    since: str | None = None
    commits: str | None = None
    report_to: tuple[Path, ...] = ()
    reason: str | None = None
    today: dt.date | None = None
    stdin: bytes | None = None
    stdin_name: Path | None = None


class LintRun(Value):
    """A workspace, and all that rules may ask in it."""

    workspace: Workspace
    context: Context
    _chosen: dict[PageKind | None, tuple[Rule, ...]] = field(default_factory=dict)

    def rules_for(self, name: str, kind: PageKind | None) -> tuple[Rule, ...]:
        """Give the rules that run over a file of a kind, or with None over the commits of one."""
        if kind not in self._chosen:
            self._chosen[kind] = choose_rules(self.context, kind)
        ignored = ignored_for(name, self.context.options)
        return tuple(rule for rule in self._chosen[kind] if rule.code not in ignored)

    def codes_for(self, file: LintFile) -> frozenset[str]:
        """Give the codes of the rules that run over a file."""
        return frozenset(rule.code for rule in self.rules_for(file.name, file.kind))

    @property
    def excluded(self) -> tuple[str, ...]:
        """Give the patterns of the files that are not checked."""
        options = self.context.options
        return (*options.exclude, *options.extend_exclude)

    def page_of(self, file: LintFile, data: bytes) -> Page:
        """Make the page of a file's content."""
        config = self.workspace.config
        return make_page(
            file.kind,
            file.name,
            data,
            entries_heading=config.entries_heading,
            hints=config.hints(name=file.name),
        )


def start_run(request: LintRequest) -> LintRun:
    """Find the workspace and choose the rules; nothing is read yet but the configuration.

    Raises:
        FileError: there is no such folder.
        GitError: the repository can't be used.
        ConfigError: the configuration or a selector says something that can't be.
    """
    workspace = _open(request)
    config = workspace.config
    layout = Layout(
        config.handoff,
        config.summaries,
        config.sessions,
        config.entries_heading,
        config.max_summary_size,
        config.require_logs,
        config.end_fulfils,
    )
    configured = _configured(config, request)
    check_selectors(configured, lambda key: _place_of(key, workspace, request))
    asked = LintOptions(
        select=configured.select if request.select is None else request.select,
        extend_select=request.extend_select,
        ignore=request.ignore,
    )
    check_selectors(asked, lambda key: f"--{key}")
    options = replace(
        configured,
        select=asked.select,
        extend_select=(*configured.extend_select, *asked.extend_select),
        ignore=(*configured.ignore, *asked.ignore),
    )
    return LintRun(workspace, Context(options, layout, look_around(workspace, request.today)))


def _open(request: LintRequest) -> Workspace:
    """Open the workspace; for commits a git directory does, such as a server's in its hooks."""
    try:
        return open_workspace(
            request.directory, settings=request.settings, isolated=request.isolated
        )
    except NoWorkTreeError:
        if request.commits is None:
            raise
    return _open_bare(request, request.commits)


def _open_bare(request: LintRequest, revisions: str) -> Workspace:
    """Open a repository without a work tree, by the configuration of the last commit to check.

    What a push brings is judged by its own.
    """
    from handoff_md.git.objects import open_objects
    from handoff_md.git.revisions import find_tip

    repository = find_history(Path(os.path.realpath(request.directory)))
    found = None
    tip = None if request.isolated else find_tip(repository, revisions)
    if tip:
        with open_objects(repository) as objects:
            read = {name: objects.read_blob(f"{tip}:{name}") for name in CONFIG_FILES}
        found = find_in_texts({name: data for name, data in read.items() if data is not None})
    return Workspace(
        repository.root,
        repository,
        override_config(found, request.settings),
        repository.common_dir / STATE,
        config_file=found[0] if found else None,
    )


def _configured(config: Config, request: LintRequest) -> LintOptions:
    """Give the configured options; where the request selects rules, theirs don't count.

    Where the header's date is not kept up to date on purpose, nobody is told that it is stale.
    """
    configured = config.lint or LintOptions()
    if not config.update_last_updated:
        configured = replace(configured, ignore=(*configured.ignore, _STALE_DATE))
    if request.select is not None:
        default = LintOptions()
        configured = replace(configured, select=default.select, extend_select=(), ignore=())
    return configured


def _place_of(key: str, workspace: Workspace, request: LintRequest) -> str:
    """Name the place of a key of the configuration's table: its file, unless it was set."""
    keys = [f"{setting.partition('=')[0].strip()}." for setting in request.settings]
    is_set = any(
        f"lint.{key}.".startswith(name) or name.startswith(f"lint.{key}.") for name in keys
    )
    return f"{'--config' if is_set else workspace.config_file}: lint: {key}"


class FixedFile(Value):
    """What fixes make of a file."""

    file: LintFile
    patch: Patch


class LintReport(Value):
    """What a run has found.

    ``diagnostics`` remain; ``fixed`` were mended. ``sources`` are the texts that the remaining
    ones count lines of, by path. ``checked`` counts files, or commits. ``notes`` are clauses.
    ``root`` is the workspace's. ``stdin_fixed`` is the text of stdin with its fixes, if any were
    asked for. ``known`` counts the findings that the baseline knows of, and that are left out,
    ``silenced`` those that a comment silences now.
    """

    root: Path
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    checked: int
    fixed: tuple[Diagnostic, ...] = ()
    changes: tuple[FixedFile, ...] = ()
    notes: tuple[str, ...] = ()
    stdin_fixed: bytes | None = None
    known: int = 0
    silenced: int = 0


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
        yield f"{_value(key)} = {_value(value)}"


def _value(value: object) -> str:
    """Write a text, number, truth value or list of texts in TOML, which has them as JSON does."""
    import json

    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
