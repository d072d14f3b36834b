"""Files that a set-up writes as a whole, with a digest in them that tells if they were changed.

One that a person has changed is theirs: it is neither overwritten nor removed.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source

_DIGITS: Final = 16
_NONE: Final = "0" * _DIGITS
_SEAL: Final = lazy_pattern(
    rf"(?<=handoff-md-digest: )(?P<quote>\"?)[0-9a-f]{{{_DIGITS}}}(?P=quote)"
)
_FRONT_MATTER: Final = lazy_pattern(r"\A---\n(?P<fields>.*?^)---\n", re.DOTALL | re.MULTILINE)
_METADATA: Final = lazy_pattern(r"^metadata:[ ]*\n", re.MULTILINE)


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
