"""The texts that the set-up installs: pages of the documentation, fitted to a repository, sealed.

A digest in what is written as a whole tells whether it was changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from handoff_md.config import Config
from handoff_md.reading import read_regular
from handoff_md.semantics.logs.compliance import is_fulfilled
from handoff_md.syntax.nodes import Heading, walk
from handoff_md.syntax.parse import parse
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

PROTOCOL_PAGE: Final = "SESSION-PROTOCOL.md"
GUIDE_PAGE: Final = "orchestrator.md"
# A wheel holds the pages in the package; a checkout that is installed in place has docs/ beside it.
_PACKAGE: Final = Path(__file__).parents[2]
_PLACES: Final = (_PACKAGE / "texts", _PACKAGE.parent / "docs")
_ONLINE: Final = "https://github.com/handoff-md/handoff-md/blob/main/docs/"
_PAGES: Final = Path(__file__).with_name("pages")
_DIRECTION: Final = lazy_pattern(r"^[ \t]*<!--(?:(?!-->).)*-->\n", re.MULTILINE)
_LINK: Final = lazy_pattern(r"\]\((?P<page>[\w-]+\.md)(?P<anchor>#[\w-]*)?\)")
_STEP: Final = lazy_pattern(
    r"^[ \t]*(?:[-*+][ \t]+\[[ xX]\](?P<item>[^\r\n]*)|\|(?P<row>[^\r\n]*))", re.MULTILINE
)
_CHECKED: Final = lazy_pattern(r"^(?:MUST|SHOULD|MAY|REQUIRED|\[[ xX]\])$")
_ASKS: Final = r"\b(?:updat|edit|writ|add|append|record|amend|refresh|modif)\w*\b[^|]*"
_MEANING: Final = """
### What the checklists of this file mean now

Steps that ask a session to update {name} stay, and are fulfilled in another way. While a run
is active, the command below writes your summary, and the orchestrator writes the document. With no
run active, the command makes your entry, with the link to your log. It ticks the step in your log,
with the evidence. Any other sentence that asks you to update the document is meant in the same way.

| step | fulfilled by |
|---|---|
"""
_DIGITS: Final = 16
_NONE: Final = "0" * _DIGITS
_SEAL: Final = lazy_pattern(
    rf"(?<=handoff-md-digest: )(?P<quote>\"?)[0-9a-f]{{{_DIGITS}}}(?P=quote)"
)
_FRONT_MATTER: Final = lazy_pattern(r"\A---\n(?P<fields>.*?^)---\n", re.DOTALL | re.MULTILINE)
_METADATA: Final = lazy_pattern(r"^metadata:[ ]*\n", re.MULTILINE)


def read_page(name: str) -> str:
    """Read a page of the documentation.

    It is part of every installation: an OSError here is a mistake of the packaging.
    """
    place = next((place for place in _PLACES if (place / name).is_file()), _PLACES[0])
    return read_regular(place / name).decode("utf-8")


def skill_text() -> str:
    """Read the skill that leads agents to our commands, in the format of Agent Skills."""
    return read_regular(_PAGES / "SKILL.md").decode("utf-8")


def installed_text(page: str, config: Config) -> str:
    """Fit a page to a repository: its paths, links that lead somewhere, no directions for tests."""
    own = {PROTOCOL_PAGE: config.protocol, GUIDE_PAGE: config.guide}

    def lead(match: re.Match[str]) -> str:
        anchor = match["anchor"] or ""
        target = own.get(match["page"])
        if target is None:
            return f"]({_ONLINE}{match['page']}{anchor})"
        return f"]({_relative(target, own[page])}{anchor})"

    text = _LINK.sub(lead, _DIRECTION.sub("", read_page(page)))
    defaults = Config()
    for default, path in (
        (defaults.handoff, config.handoff),
        (defaults.committed, config.committed),
        (defaults.summaries, config.summaries),
        (defaults.sessions, config.sessions),
        (defaults.protocol, config.protocol),
        (defaults.guide, config.guide),
    ):
        text = text.replace(default, path)
    return text


def _relative(target: str, page: str) -> str:
    """Give the relative path from the folder of one file to another."""
    there, here = PurePosixPath(target), PurePosixPath(page).parent
    up = 0
    while not there.is_relative_to(here):
        here, up = here.parent, up + 1
    return "../" * up + str(there.relative_to(here))


def as_section(text: str) -> str:
    """Move all headings of a text one level down, so that it can stand in another document."""
    document = parse(text)
    hashes = [
        Edit(Span(node.span.start, node.span.start), "#")
        for node in walk(document)
        if isinstance(node, Heading)
    ]
    return make_patch(document.source, hashes).apply().text


def steps_that_update(text: str, handoff: str) -> tuple[str, ...]:
    """Find the steps of a protocol's checklists that ask a session to update the document.

    Args:
        text: the protocol.
        handoff: the document's path.

    Returns:
        The steps' words, each once, as they are written.
    """
    asks = re.compile(_ASKS + re.escape(PurePosixPath(handoff).name), re.IGNORECASE)
    found: dict[str, None] = {}
    for step in _STEP.finditer(text):
        cells = [cell.strip(" \t*") for cell in (step["item"] or step["row"] or "").split("|")]
        if step["item"] or any(map(_CHECKED.match, cells)):
            found |= dict.fromkeys(cell for cell in cells if asks.search(cell))
    return tuple(found)


def unrecognised_steps(text: str, config: Config) -> tuple[str, ...]:
    """Find the steps that ask to update the document, and that ``session end`` would not tick."""
    steps = steps_that_update(text, config.handoff)
    return tuple(step for step in steps if not is_fulfilled(step, config.end_fulfils))


def explain_steps(steps: Sequence[str], handoff: str) -> str:
    """Say how steps that ask to update the document are read now; nothing where there are none."""
    if not steps:
        return ""
    rows = "".join(f"| {step} | `handoff-md session end NN` |\n" for step in steps)
    return _MEANING.format(name=PurePosixPath(handoff).name) + rows


def plugin_text() -> str:
    """Read the plugin that calls our hooks in opencode."""
    return read_regular(_PAGES / "opencode.js").decode("utf-8")


def seal(text: str) -> str:
    """Put the digest of a text into the place that it has for one."""
    return _SEAL.sub(lambda found: found.group().replace(_NONE, _digest(text)), text, count=1)


def seal_skill(text: str) -> str:
    """Put the digest of a skill into its front matter, as the format has it: into its metadata."""
    matter = _FRONT_MATTER.match(text)
    if matter is None:
        return text
    line = f'  handoff-md-digest: "{_NONE}"\n'
    metadata = _METADATA.search(text, 0, matter.end())
    at = metadata.end() if metadata else matter.end("fields")
    added = line if metadata else f"metadata:\n{line}"
    return seal(text[:at] + added + text[at:])


def is_untouched(source: Source) -> bool:
    """Tell whether a file is as some version has sealed it; line endings don't count."""
    text = _as_written(source)
    found = _SEAL.search(text)
    return found is not None and found.group().strip('"') == _digest(text)


def is_same(source: Source, text: str) -> bool:
    """Tell whether a file holds a text; line endings don't count."""
    return _as_written(source) == text


def _as_written(source: Source) -> str:
    return source.text.replace("\r\n", "\n")


def _digest(text: str) -> str:
    """Give the digest of a text, whatever stands in the place of its digest."""
    plain = _SEAL.sub(lambda found: found["quote"] + _NONE + found["quote"], text, count=1)
    return sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
