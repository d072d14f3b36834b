from __future__ import annotations

import pytest

from handoff_md.errors import ConfigError
from handoff_md.linter.options import read_options
from handoff_md.linter.selection import is_excluded

PATH = "docs/old/2024/HANDOFF.md"


@pytest.mark.parametrize(
    "pattern",
    [
        "HANDOFF.md", "*.md", "old", "old/", "2024/", "docs", "docs/old", "docs/old/", "/docs",
        "docs/**", "docs/**/HANDOFF.md", "**/old", "**/2024/*.md", "docs/o?d", "docs/[n-p]ld/**",
        "20[!0-13-9]4", "./docs/old",
    ],
)  # fmt: skip
def test_a_pattern_excludes_a_file_as_a_gitignore_does(pattern: str) -> None:
    assert is_excluded(PATH, ["other", pattern])


@pytest.mark.parametrize(
    "pattern",
    [
        "HANDOFF", "HANDOFF.md/", "docs/*.md", "/old", "old/2024", "docs/old/HANDOFF.md",
        "handoff.md",
        "doc??", "docs/?/2024", "[", "[z-a]", "d*s/HANDOFF.md", ".*",
    ],
)  # fmt: skip
def test_a_pattern_that_a_gitignore_would_not_match_excludes_nothing(pattern: str) -> None:
    assert not is_excluded(PATH, [pattern])


@pytest.mark.parametrize("pattern", ["", "/", "!keep.md", 3])
def test_a_pattern_that_can_exclude_nothing_is_refused(pattern: object) -> None:
    with pytest.raises(ConfigError) as caught:
        read_options({"exclude": [pattern]}, "lint", profile="append")
    assert caught.value.hint


@pytest.mark.parametrize("path", ["/etc/b.json", "../b.json", "", 1])
def test_a_baseline_lies_inside_the_repository(path: object) -> None:
    with pytest.raises(ConfigError, match="must be a file inside the repository"):
        read_options({"baseline": path}, "lint", profile="append")
