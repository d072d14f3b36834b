"""The tools: what each is called with, and which use case it is. None takes a path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.context import DEFAULT_CHARS, tell_context
from handoff_md.errors import HandoffError
from handoff_md.syntax.summary import Status
from handoff_md.value import Value

_Id: TypeAlias = Annotated[str, Meta(max_length=80)]
_Line: TypeAlias = Annotated[str, Meta(max_length=500)]
_NEEDLESS: Final = ("anyOf", "default", "maxLength")
_UNFIT: Final = "what is in them can't be read as text: a NUL, or half of a surrogate pair"


class Server(Value):
    """What a server of tools is fixed to, and how it tells what goes on.

    Attributes:
        directory: the folder that it was started in, absolute.
        now: gives the time, aware.
        say: tells a person something: a label, and a clause.
    """

    directory: Path
    now: Callable[[], dt.datetime]
    say: Callable[[str, str], None]


class ContextArguments(Value, forbid_unknown_fields=True):
    """What `context` is called with."""

    session: Annotated[_Id | None, Meta(description="Your session's id, if you have one.")] = None
    chars: Annotated[int, Meta(ge=1, description="The most characters.")] = DEFAULT_CHARS
    since: Annotated[_Line | None, Meta(description="A commit: tell what changed since.")] = None


class StartArguments(Value, forbid_unknown_fields=True):
    """What `session_start` is called with."""

    title: Annotated[_Line, Meta(description="What the session is about.")] = ""
    agent: Annotated[_Id, Meta(description="Who works in it.")] = ""
    id: Annotated[_Id | None, Meta(description="Only if you were given an id.")] = None


class EndArguments(Value, forbid_unknown_fields=True):
    """What `session_end` is called with."""

    id: _Id
    summary: Annotated[
        str | None, Meta(description="Markdown: what was done, decided, left open. Else the log's.")
    ] = None
    status: Literal["complete", "partial", "blocked"] | None = None
    title: _Line | None = None
    objective: Annotated[_Line | None, Meta(description="If the log has none.")] = None


class StatusArguments(Value, forbid_unknown_fields=True):
    """What `run_status` is called with: nothing."""


class LintArguments(Value, forbid_unknown_fields=True):
    """What `lint` is called with."""

    since: Annotated[_Line | None, Meta(description="A commit: only what is new since.")] = None


class ToolResult(Value):
    """What a tool tells; ``failed``: what was asked for is not done, and the answer says why."""

    answer: Answer
    failed: bool = False


class Tool(Value):
    """A tool.

    Attributes:
        name: its name.
        description: what an agent is told of it, with each of its turns.
        arguments: the type of what it is called with.
        call: does it.
        writes: it changes something, and no two such calls may be at work at a time.
    """

    name: str
    description: str
    arguments: type[Value]
    call: Callable[[Server, Any], ToolResult]
    writes: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema of its arguments, in few words."""
        _, parts = msgspec.json.schema_components([self.arguments], ref_template="{name}")
        whole = parts[self.arguments.__name__]
        properties = {name: _shortened(one) for name, one in whole["properties"].items()}
        required = {"required": whole["required"]} if whole.get("required") else {}
        return {
            "type": "object",
            "properties": properties,
            **required,
            "additionalProperties": False,
        }

    def run(self, server: Server, given: Mapping[str, object]) -> ToolResult:
        """Do it.

        Raises:
            HandoffError: the arguments do not fit, or the use case says why it can't be done.
        """
        return self.call(server, self._read(given))

    def _read(self, given: Mapping[str, object]) -> Value:
        names = ", ".join(self.arguments.__struct_fields__)
        hint = f"It takes: {names}." if names else "It takes none."
        if not all(map(_is_text, given.values())):
            raise HandoffError(f"the arguments of {self.name} don't fit: {_UNFIT}", hint)
        try:
            return msgspec.convert(dict(given), self.arguments)
        except (msgspec.ValidationError, RecursionError) as error:
            said = str(error)
            message = f"the arguments of {self.name} don't fit: {said[:1].lower()}{said[1:]}"
            raise HandoffError(message, hint) from error


def _shortened(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out what an agent needs not know: an argument that may be left out may be null, too."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    whole = {**schema, **choices[0]} if choices else schema
    kept = {key: value for key, value in whole.items() if key not in _NEEDLESS}
    if "enum" in kept:
        kept["enum"] = [value for value in kept["enum"] if value is not None]
    return kept


def _is_text(value: object) -> bool:
    """Tell whether a value, if it is a text, can be written as one."""
    if not isinstance(value, str):
        return True
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _context(server: Server, asked: ContextArguments) -> ToolResult:
    from handoff_md.app.session.work_log import attest_context
    from handoff_md.app.workspace import open_workspace

    workspace = open_workspace(server.directory)
    context = tell_context(
        workspace,
        for_id=asked.session,
        chars=asked.chars,
        since=asked.since,
        now=server.now(),
    )
    if context.session:
        try:
            attest_context(workspace, context.session, context.evidence)
        except HandoffError as error:
            server.say(
                "note", f"the log of session {context.session} is as it was: {error.message}"
            )
    return ToolResult(context.to_json())


def _session_start(server: Server, asked: StartArguments) -> ToolResult:
    from handoff_md.app.session.start import StartRequest, start_session

    now = server.now()
    request = StartRequest(
        directory=server.directory,
        today=now.date(),
        now=now,
        title=asked.title,
        agent=asked.agent,
        session_id=asked.id,
    )
    return ToolResult(start_session(request))


def _session_end(server: Server, asked: EndArguments) -> ToolResult:
    from handoff_md.app.merge.report import Watch
    from handoff_md.app.session.end import end_session
    from handoff_md.app.session.ended import EndRequest
    from handoff_md.app.session.work_log import note_objective

    kept = asked.objective is not None and not note_objective(
        server.directory, asked.id, asked.objective
    )
    now = server.now()
    request = EndRequest(
        directory=server.directory,
        today=now.date(),
        now=now,
        session_id=asked.id,
        summary=None if asked.summary is None else asked.summary.encode("utf-8"),
        title=asked.title,
        status=Status(asked.status) if asked.status else None,
    )
    watch = Watch(on_lock=lambda: server.say("waiting", "another handoff-md holds the lock"))
    ended = end_session(request, watch)
    if kept:
        note = "the objective that was given is not the log's: it says its own, or has no place"
        ended = replace(ended, told=replace(ended.told, notes=(*ended.told.notes, note)))
    return ToolResult(ended.to_json(), failed=bool(ended.told.problems))


def _run_status(server: Server, _asked: StatusArguments) -> ToolResult:
    from handoff_md.app.run.status import run_status

    now = server.now()
    return ToolResult(run_status(server.directory, now.date(), now).to_json())


def _lint(server: Server, asked: LintArguments) -> ToolResult:
    from handoff_md.app.lint.check import lint_files
    from handoff_md.app.lint.invocation import LintRequest
    from handoff_md.linter.reporters.json_report import make_answer

    request = LintRequest(directory=server.directory, since=asked.since, today=server.now().date())
    report = lint_files(request, on_lock=lambda: None)
    for note in report.notes:
        server.say("note", note)
    return ToolResult(make_answer(report.diagnostics, report.sources))


TOOLS: Final = {
    tool.name: tool
    for tool in (
        Tool(
            "context",
            "What earlier sessions left: open items, blockers, decisions, who else is at work.",
            ContextArguments,
            _context,
            writes=True,
        ),
        Tool(
            "session_start",
            "Begin a session: claims its id and makes its log. Call it before you work.",
            StartArguments,
            _session_start,
            writes=True,
        ),
        Tool(
            "session_end",
            "Hand over: commits the log; writes the summary, or the session's own entry. "
            "The result's problems say what is missing.",
            EndArguments,
            _session_end,
            writes=True,
        ),
        Tool(
            "run_status",
            "How far each session of the active parallel run has come.",
            StatusArguments,
            _run_status,
        ),
        Tool(
            "lint",
            "Find what is wrong in HANDOFF.md, summaries and session logs.",
            LintArguments,
            _lint,
        ),
    )
}
"""All tools, by their names."""


def find_tool(name: str) -> Tool:
    """Give the tool of a name.

    Raises:
        HandoffError: there is none.
    """
    if name not in TOOLS:
        raise HandoffError(f"there is no tool {name!r}", f"There are: {', '.join(TOOLS)}.")
    return TOOLS[name]
