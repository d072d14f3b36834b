"""What the names of headings and files say: that entries stand there, or that none do."""

from __future__ import annotations

import re
from functools import lru_cache

from handoff_md.text.pattern import lazy_pattern

RECENT = "Recent Sessions"
_WORD = lazy_pattern(r"[^\W_]+")
_ASIDE = r"\s*\([^()]*\)\s*$"
_CJK_LOG = ("日志", "日誌", "记录", "履歴", "進捗")
_LONGEST = 120
_LINE_NAME = r"(?i)line:\s*(?P<number>[0-9]{1,9})"
_HASHES = r"(?s)(?P<hashes>#{1,6})\s+(?P<words>.*)"


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Each of these names a log by itself ...
_LOGS = _words_of(
    """
    log logs logbook sessions journal journals diary history histories entries worklog
    worklogs devlog devlogs sessionlog sessionlogs handoffs handovers progress updates
    iterations protokoll protokolle tagebuch verlauf sitzungen fortschritt historique
    journaux progression bitácora bitacora registro registros sesiones progreso diario
    sessioni dziennik журнал
    """
)
# ... unless one of these says what else it is of.
_OTHERS = _words_of(
    """
    adr adrs backlog blog bug bugs calendar change changelog changelogs changes checklist
    deadline deadlines decision decisions discoveries discovery error errors event events
    feature features finding findings glossary gotcha gotchas guide guidelines how
    incident incidents issue issues learned learning learnings lesson lessons meeting
    meetings milestone milestones news next plan planned planning plans post posts pricing
    protocol question questions reference references release releases risk risks roadmap
    rule rules schedule task tasks template todo todos upcoming version versions what why
    """
)
_CHANGELOGS = frozenset({"changelog", "changelogs"})
_AGENTS = frozenset({"agent", "agents", "ai", "session", "sessions"})
_ARCHIVES = frozenset({"archive", "archived", "older", "obsolete", "superseded"})
_QUALIFIERS = _words_of(
    """
    a activity agent agents ai all build coding daily dev development entry handoff
    handover iteration last latest my of our past previous project recent run session the
    this work working
    """
)
_EMPTY_LOGS = _LOGS - _words_of(
    """
    progress updates iterations progression progreso fortschritt
    """
)
_OF_RELEASES = _words_of("history histories verlauf historique updates progress log logs the")
_FILES = _LOGS - frozenset({"handoffs", "handovers"})
# A file, document or section with one of these hands work over, whether as a log or as a brief.
_HANDOFFS = _LOGS | _words_of(
    """
    agent agents baton chat chats claude codex context conversation conversations copilot done
    gemini hand handoff handover memory recent relay session übergabe relevo traspaso passation
    """
)


@lru_cache(maxsize=65_536)  # the versions of a document have most of their headings in common
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold())) if len(text) <= _LONGEST else ()


def names_log(text: str) -> bool:
    """Tell whether a heading's words name a log: ``Session log``, ``Progress``, ``Journal``."""
    words = _words(text)
    if any(name in text for name in _CJK_LOG) and len(text) <= _LONGEST:
        return True
    if _LOGS.isdisjoint(words) and words[-2:] != ("session", "notes"):
        return False
    return _OTHERS.isdisjoint(words) or "sessions" in words or {"session", "log"} <= set(words)


def names_releases(text: str) -> bool:
    """Tell whether a log's name may be that of a list of releases: ``History``, ``Updates``."""
    return set(_words(text)) <= _OF_RELEASES


def names_other(text: str) -> bool:
    """Tell whether a heading's words name what is no log of sessions, dated as it may be."""
    words = _words(text)
    if words[:2] == ("to", "do"):
        return True
    others = _OTHERS.intersection(words)
    if others <= _CHANGELOGS and not _AGENTS.isdisjoint(words):
        return False  # the log of agents' changes, and none of releases
    return bool(others) and not names_log(text)


def names_archive(text: str) -> bool:
    """Tell whether a heading's words say that what stands below is no longer added to."""
    return not _ARCHIVES.isdisjoint(_words(text))


def names_empty_log(text: str) -> bool:
    """Tell whether a heading is known to head entries, so that it does before there are any."""
    words = _words(re.sub(_ASIDE, "", text))
    if not words:
        return False
    return words[-1] in _EMPTY_LOGS and all(
        word in _QUALIFIERS or word in _LOGS for word in words[:-1]
    )


def file_names_log(path: str) -> bool:
    """Tell whether a file's name is that of a log: ``progress.txt``, ``SESSION_LOG.md``."""
    name = path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    return not _FILES.isdisjoint(_words(name))


def file_may_hold_log(path: str) -> bool:
    """Tell whether a file is one that sessions write to, or that could be any: without a name."""
    return not path or names_handoff(path.replace("\\", "/").rpartition("/")[2])


def names_handoff(text: str) -> bool:
    """Tell whether words name what hands work over, be that a log or a brief: ``Agent handoff``."""
    return not _HANDOFFS.isdisjoint(_words(text)) and not names_other(text)


def read_line_name(wanted: str) -> int | None:
    """Read ``LINE:79``, a line from 1, as one from 0; None for anything else."""
    match = re.fullmatch(_LINE_NAME, wanted.strip())
    return int(match["number"]) - 1 if match else None


def is_headed(words: str, wanted: str) -> bool:
    """Tell whether a heading's words are those that someone has named, hashes and case aside."""
    match = re.fullmatch(_HASHES, wanted.strip())
    return plain_words(words) == plain_words(match["words"] if match else wanted)


def plain_words(words: str) -> str:
    """Give a heading's words in one case, without emphasis and what decorates its start."""
    return " ".join(re.sub(r"^[^\w]+(?=\w)", "", words.strip(" *_:")).casefold().split())
