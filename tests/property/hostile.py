"""A grammar of nasty documents and summaries, driven by a random generator."""

from __future__ import annotations

from random import Random

_WORDS = ("alpha", "beta", "gamma", "delta", "omega", "kappa", "Ärger", "naïve", "東京", "x")
_LABELS = ("a", "ref", "Foo Bar", "1", "note", "ß", "TODO", "x")

_FRAGMENTS = (
    # open and odd fences
    "```python\ncode {w}",
    "~~~\n{w}\n```",
    "````\n```\n{w}\n````",
    "```\n{w}\n    ```",
    "   ```\n{w}\n  ```  ",
    "- ```\n  {w}",
    "> ```\n> {w}",
    "```{w}```",
    "``` `{w}\n{w}",
    # HTML blocks of all seven kinds, and inline HTML
    "<script>\n{w}",
    "<pre>\n\n{w}\n</pre>",
    "<style>{w}</style>",
    "<textarea>\n{w}\n\n",
    "<!-- {w}",
    "<!-- {w} -->",
    "<!-- {w}\n\n{w} --> {w}",
    "<?php {w}",
    "<?x ?> {w}",
    "<!DOCTYPE {w}",
    "<![CDATA[ {w}",
    "<![CDATA[ {w} ]]>",
    "<div>\n{w}",
    "</div>",
    "<div>\n\n{w}\n\n</div>",
    "<details>\n<summary>{w}</summary>\n\n{w}\n\n</details>",
    "<details><summary>{w}</summary>",
    "</details>\n</details>",
    "{w} <b>{w}</b> <br> <i>{w}",
    "<span>{w}",
    "{w} <!-- {w}",
    "{w} <a href='x'\n{w}>",
    "<custom-tag {w}>\n{w}",
    "- <div>\n  {w}",
    "> <!-- {w}\n{w}",
    "<table><tr><td>{w}\n\n# {w}",
    "<https://example.org/{w}> <{w}@example.org>",
    "{w} < {w} > {w} <3",
    "<!-- handoff-md:sessions -->",
    "<!-- handoff-md: ignore[HE001] {w} -->",
    # headings
    "# {w}",
    "###### {w}",
    "{w}\n===",
    "{w}\n{w}\n---",
    "{w}\\\n{w} #\n===",
    "> # {w}",
    "- # {w}\n  {w}\n  ---",
    "- {w}\n  ===",
    "> {w}\n> ---\n{w}",
    "# {w} #",
    "# {w} \\#",
    "## # ##",
    "#",
    "# ",
    "##\t{w}\t##",
    "1. ###### {w}\n###### {w}\n{w}",
    "###### {w}\n| a | b |\n|---|---|\n| {w} | {w} |",
    "> ###### {w}\n{w}",
    "- ###### {w}\\\n- ###### **{w}**\n  {w}",
    "#\u00a0{w}\n\n# \u00a0{w}",
    "### Session 20: {w}",
    "### Parallel Sessions 19, 20 (2025-12-18)",
    "## Recent Sessions",
    "### 2025-12-18: {w} (Session 20)",
    # definitions and references
    "[{l}]: https://example.org/{w}",
    "[{l}]: <> '{w}'",
    "[{l}]:\n  ./{w}.md\n  'title'",
    '> [{l}]: ./{w}.md "t|t"',
    "- [{l}]: {w}\n  [{m}]: {w}",
    "[{l}]: {w}\n===",
    "[{l}]: {w}\n| a | b |\n|---|---|",
    "[{l}]: {w}\n    {w}",
    "[{l}]",
    "[{l}][{m}]",
    "[{l}][]",
    "![{l}]",
    "![{w}][{l}]",
    "[![{l}]][{m}]",
    "[{w} `]` {l}][{l}]",
    "[{l}\u00a0]",
    "\u00a0[{l}]\u00a0",
    "{w} [{l}]\n[{m}] {w}",
    "[{l}](<{w} {w}> 'a')",
    "[{l}](./{w}.md) [x](../{w})",
    '![{w}](./{w}.png "{w}")',
    "[{l}](",
    "*[{l}]*: [{l}]{w}",
    "\\[{l}] [\\{l}]",
    "[{l}]: {w} 'open\n{w}",
    "[{l}]: {w}\\",
    "| [{l}] | `a|b` | \\| [{m}] |\n|---|---|---|\n| [{l}]\\| [{l}] | <b>{w} | {w} |",
    "| {w} |\n|-|\n| [{l}][{m}] | [x]({w}) |\n> [{l}]",
    "- a [{l}] | {w}\n---|---\n",
    "2) {w} | [{l}]\n--|--\n[{l}] | <u>",
    "> - | [{l}] | {w} |\n>   |---|---|\n>   | {w}",
    # footnotes
    "[^{l}]",
    "[^{l}]: {w}",
    "{w}[^1] ![^1]",
    "[^1]:\n    {w}\n\n    {w}",
    "{w} ^[{w}]",
    "[{w}[^1]]({w})",
    # lists, quotes, laziness, tabs, nesting
    "- {w}\n{w}",
    "> {w}\n{w}\n> > {w}",
    "1. {w}\n\n   {w}\n2. {w}",
    "- {w}\n\n\n      {w}",
    "\t{w}\n\t{w}",
    "-\t{w}\n\n\t{w}",
    ">\t{w}",
    "- - - {w}\n    - {w}",
    "- > 1. {w}\n  > {w}",
    "* * *",
    "- [ ] {w}\n- [x] {w}",
    "+\n  {w}",
    "    {w}\n\n    {w}",
    "-\n\n  {w}",
    "10) {w}\n\n    ~~~\n    {w}",
    "> - {w}\n>\n>       {w}\n{w}",
    # text
    "{w} & &amp; &#35; &lt;b&gt; \\<b\\> \\",
    "**{w} *{w}** `{w}",
    "``{w}` {w}",
    "{w}  \n{w}\\\n{w}",
    "**Date**: 2025-11-11",
    "**Session Log**: [Session 20](./sessions/2025-12-18-session-20-{w}.md)",
    "**Last Updated**: 2020-01-01",
    "---",
    "***",
    "___\n\n---",
    "{w}\n\n---\n\n{w}: {w}\n---",
    "~~{w}~~ https://example.org/{w} www.example.org",
    "$${w}$$ :::{w}\n:::",
    "=======",
    "{w}\n=======",
    "\\",
    "`` ` ``",
    "&#91;{l}&#93;",
    "{w}\u200f{w} \u3000",
    "+++\n{w}\n+++",
)  # fmt: skip

_REFUSED = (
    "<<<<<<< HEAD\n{w}\n=======\n{w}\n>>>>>>> other",
    ">>>>>>> {w}",
    "{w}\x1b[31m{w}",
    "{w}\u202e{w}",
    "{w}\u2028{w}",
    "{w}\x00",
    "> > > > > > > > > > > > > > > > > {w}",
    "- - - - - - - - - - - - - - - - - - {w}",
)

_TITLES = (
    "{w} {w}",
    "{w} #",
    "{w} \\",
    "[{l}]",
    "[{l}][{m}] {w}",
    "{w} <b>{w}",
    "{w} <!-- {w}",
    "`{w}",
    "{w} [^1]",
    "#{w} ##",
    "<div>",
    "[{l}](./{w}.md) {w}",
    "| {w} |",
    "**{w}*",
    "\\[{l}]",
    "{w}: {w} (Session 99)",
    "![{l}]",
    "https://example.org/{w}",
)


def words(rng: Random, pattern: str) -> str:
    """Fill a pattern's words and labels."""
    for mark, choices in (("{w}", _WORDS), ("{l}", _LABELS), ("{m}", _LABELS)):
        while mark in pattern:
            pattern = pattern.replace(mark, rng.choice(choices), 1)
    return pattern


def body(rng: Random) -> str:
    """Some fragments below each other, with or without blank lines between."""
    text = ""
    for _ in range(rng.randint(1, 7)):
        hostile = rng.random() < 0.005
        text += words(rng, rng.choice(_REFUSED if hostile else _FRAGMENTS))
        text += rng.choice(("\n\n", "\n\n", "\n", "\n\n\n", "\n \n"))
    return text


def summary(rng: Random, number: int) -> bytes:
    """A summary of session ``number``; most have a title and a date, in one way or another."""
    title = words(rng, rng.choice(_TITLES))
    date = rng.choice(("2025-12-17", "2025-12-18", "2025-12-20"))
    text = body(rng)
    shape = rng.randrange(6)
    if shape < 2:
        text = f"---\nsession: {number}\ntitle: {title}\ndate: {date}\n---\n{text}"
    elif shape == 2:
        text = f"---\ntitle: '{title}'\n---\n\n# Session {number}: {title}\n\n{text}"
    elif shape == 3:
        text = f"# Session {number} - {title} ({date})\n{text}"
    elif shape == 4:
        text = f"{body(rng)}\n# Session {number}: {title}\n{text}"
    else:
        text = f"# {title}\n\n{text}"
    text = text.replace("\n", rng.choice(("\n", "\n", "\n", "\r\n", "\r")))
    return rng.choice((text, text, text.rstrip(), f"\ufeff{text}")).encode()


_HEADERS = (
    "# Handoff\n\n**Created**: 2025-12-17\n**Last Updated**: 2025-12-17\n**Status**: {w}\n",
    "# Handoff [{l}]\n\n[{l}]: https://doc.example.org/{w}\n\n- {w}\n- {w}\n",
    "---\nkey: {w}\n---\n\n# {w}\n\n> **Last Updated**: 2025-12-17\n",
    "{w}\n===\n\n| Session | {w} |\n|---|---|\n| 12 | [{l}] |\n",
    "**Last Updated**: 2025-12-17\n\n# {w}\n\n<details>\n\n{w}\n\n</details>\n",
    "# {w}\n\n[^1]: {w}\n\n{w}[^1]\n",
    "",
)  # fmt: skip

_ENTRY_BODIES = (
    "{w}\n",
    "- {w}\n- {w}\n",
    "> {w}\n",
    "```\n### 2020-01-01: {w}\n```\n",
    "| a | b |\n|---|---|\n| {w} | [{l}] |\n",
    "**Session Log**: [Session {n}](./sessions/2025-12-{d}-session-{n}-{w}.md)\n\n#### {w}\n",
    "[{l}]: https://doc.example.org/{w}\n",
    "1. {w}\n\n   {w}\n",
    "<div>\n{w}\n</div>\n",
    "{w} [^1]\n\n[^1]: {w}\n",
    "    {w}\n",
    "",
    "-\n",
    "<!-- {w} -->\n",
)

_TAILS = (
    "",
    "",
    "\n## {w}\n\n{w}\n",
    "\n---\n\n## {w}\n\n[{l}]\n\n[{l}]: https://doc.example.org/{w}\n",
    "\n---\n",
    "\n```\n{w}\n",
    "\n<!-- {w}\n",
    "\n[^1]: {w}\n",
    "\n| a |\n|---|\n| {w} |\n",
    "\n- {w}\n\n      {w}\n",
    "\n<div>\n",
    "\n# {w}\n\n{w}\n",
)

_HEADINGS = (
    "### 2025-12-{d}: {w} (Session {n})",
    "### Session {n}: {w}",
    "### [2025-12-{d}] {w}",
    "### Session {n} - 2025-12-{d}",
)


def document(rng: Random) -> bytes:
    """A document with an entries section, more often than not with entries in it."""
    text = words(rng, rng.choice(_HEADERS))
    if rng.random() < 0.5:
        text += f"\n## Status\n\n{body(rng) if rng.random() < 0.3 else words(rng, '{w}')}\n"
    if rng.random() < 0.9:
        text += rng.choice(("\n## Recent Sessions\n", "\n## Recent Sessions\n\n{w}\n"))
    days = sorted(rng.sample(range(10, 24), rng.randint(0, 4)), reverse=rng.random() < 0.6)
    between = rng.choice(("\n", "\n", "", "\n---\n\n"))
    for index, day in enumerate(days):
        deeper = "#" if rng.random() < 0.05 else ""
        heading = rng.choice(_HEADINGS).format(d=day, n=100 + day, w="{w}")
        entry = rng.choice(_ENTRY_BODIES).replace("{d}", str(day)).replace("{n}", str(100 + day))
        text += f"{between if index else chr(10)}{deeper}{heading}\n\n{entry}"
    text = words(rng, text + rng.choice(_TAILS))
    text = text.replace("\n", rng.choice(("\n", "\n", "\n", "\r\n", "\r")))
    return rng.choice((text, text, text.rstrip(), f"\ufeff{text}")).encode()
