"""A grammar of texts that Markdown parsers read in different ways, driven by a random generator.

It builds line by line: containers with odd white space; in them tables, HTML, images, fences.
"""

from __future__ import annotations

from random import Random

import hostile

_CONTAINERS = (
    *("> ", ">", ">\t", "> \t", " > ", ">> ", ">>\t"),
    *("- ", "-\t", "- \t", "-   ", "-     ", "* ", "+ ", "1. ", "1.\t", "10) ", " - ", "   - "),
    *("- - ", "- > ", "> - ", "> -\t", "-\t-\t", "1. - \t"),
)
_INDENTS = ("", "", "", "", " ", "  ", "   ", "    ", "\t", " \t", "  \t", "      ")
_NAMES = (
    *("b", "s", "i", "a", "span", "div", "details", "summary", "table", "td", "tr", "p", "li"),
    *("ul", "h2", "h5", "pre", "script", "style", "textarea", "br", "hr", "img", "Foo", "x-y"),
    *("button", "svg", "math", "template", "title", "noscript", "select", "center", "body", "sup"),
)
_ATTRIBUTES = (
    *("", "", "", " a", " a=b", " a='b'", ' a="b"', " a='x | y'", ' a="x\\|y"', " a='", ' a="x'),
    *(" a=`b`", "\na", "/", " /", " a=x/", " a='>'", ' title="</s>"', "\t"),
)
_ALONE = (
    *(
        "<!--",
        "-->",
        "<!-- x -->",
        "<!-->",
        "<!--->",
        "<!-- a -- b -->",
        "<!-- x --!>",
        "<!---x-->",
    ),
    *("<?", "<?x ?>", "?>", "<!X", "<!x y>", "<!DOCTYPE x>", "<![CDATA[", "<![CDATA[x]]>", "]]>"),
    *("</", "</>", "<", "<>", "</ b>", "<b\n>", "</b c>", "<a href=x>", "<1>", "<https://x.y/<s>>"),
)
_TEXTS = (
    *("x", "word", "a | b", "|", "\\|", "\\", "\\<b>", "`x", "`a|b`", "``", "*x", "**x**", "~~x~~"),
    *("&lt;s&gt;", "&#60;s>", "www.x.org", "http://x.org/<s>", "a@b.cd", "[ ]", "[x]", "\t", "$x$"),
    *("[", "]", "](", "![", "](u)", ")", "[t]", "[t][u]", "[t]: u", "[^1]", "[^1]: x", "![^1]"),
)  # fmt: skip
_IMAGES = (
    "![{}](u.png)",
    "![x {} y](<u v> 't')",
    "![a ![{}](b)](c)",
    "[![{}](b)](c)",
    "![x](u '{}')",
    "[{}](u)",
    "![{}][t]",
    "![`{}`](u)",
    "*![{}](u)*",
)
_LEAVES = (
    *("```", "~~~", "````", "``` x", "~~~ x `", "```x`", "  ```", "   ~~~", "```\tx"),
    *("a | b", "--- | ---", "|-|-|", ":-: | -", "-|", "|", "a |", "| a", "--|--|--", "-\t|\t-"),
    *("===", "---", "--", "***", "_ _ _", "- - -", "=", "# x", "#", "##\tx", "###### x", "x\n==="),
    *("[t]: u", "[t]:", "[t]: <u", "'title'", "[t]: u 'a", "[t", "t]: u", "[^1]: x", "[a\\]: u"),
    *("", "", "", " ", "  ", "    ", "\t", " \t", "-", "- ", "-\t", "*", "1.", "1. ", "> ", ">\t"),
)  # fmt: skip


def _tag(rng: Random) -> str:
    if rng.random() < 0.25:
        return rng.choice(_ALONE)
    slash = rng.choice(("", "", "/"))
    return f"<{slash}{rng.choice(_NAMES)}{rng.choice(_ATTRIBUTES)}>"


def _inline(rng: Random, depth: int = 2) -> str:
    kind = rng.random()
    if kind < 0.35:
        return _tag(rng)
    if kind < 0.5 and depth:
        return rng.choice(_IMAGES).replace("{}", _words(rng, depth - 1))
    if kind < 0.6 and depth:
        name = rng.choice(_NAMES)
        return f"<{name}>{_words(rng, depth - 1)}</{name}>"
    return rng.choice(_TEXTS)


def _words(rng: Random, depth: int = 2) -> str:
    space = rng.choice((" ", " ", "", " | "))
    return space.join(_inline(rng, depth) for _ in range(rng.randint(1, 3)))


def _leaf(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.45:
        return rng.choice(_LEAVES)
    if kind < 0.65:
        return _tag(rng) + (f" {_words(rng)}" if rng.random() < 0.3 else "")
    return _words(rng)


def _continued(rng: Random, prefix: str) -> str:
    """Continue in the containers of a line, more or less rightly."""
    kind = rng.random()
    if kind < 0.2:
        return ""
    blank = "".join(char if char in "> \t" else " " for char in prefix)
    if kind < 0.3:
        return blank.replace("\t", "    ")
    if kind < 0.4:
        return blank.rstrip()
    return blank


def _table(rng: Random) -> str:
    """Three lines or more of what is a table to one parser at least."""
    pipe = rng.choice(("", "", "| "))
    rows = [pipe + f"{_words(rng, 1)} | {_words(rng, 1)}" for _ in range(rng.randint(1, 3))]
    rows[rng.randrange(len(rows))] = _leaf(rng)
    return "\n".join((f"{pipe}{_inline(rng, 1)} | b", f"{pipe}--- | ---", *rows))


def body(rng: Random) -> str:
    """Some lines, each in the containers of the one before or in others."""
    lines: list[str] = []
    prefix = ""
    for _ in range(rng.randint(1, 9)):
        kind = rng.random()
        if kind < 0.35:
            prefix = rng.choice(_INDENTS) + rng.choice(_CONTAINERS)
            opened = prefix
        elif kind < 0.6:
            opened = _continued(rng, prefix)
        else:
            prefix = opened = rng.choice(_INDENTS)
        if rng.random() < 0.15:
            first, *more = _table(rng).split("\n")
            lines += [opened + first, *(_continued(rng, prefix) + line for line in more)]
        else:
            lines.append(opened + _leaf(rng))
        if rng.random() < 0.2:
            lines.append(rng.choice(("", "", " ", "  ", "\t")))
    mixed = [hostile.body(rng)] if rng.random() < 0.1 else []
    return "\n".join([*lines, *mixed])


def title(rng: Random) -> str:
    """One line, with tags and brackets more often than not."""
    return " ".join(_words(rng).split()) or "x"


def summary(rng: Random, number: int) -> bytes:
    """A summary of session ``number``, headed in its text."""
    head = title(rng) if rng.random() < 0.3 else "A title"
    return f"# Session {number}: {head}\n\n{body(rng)}\n".encode()


def document(rng: Random) -> bytes:
    """A clean document, with some definitions and a footnote at times, or a hostile one."""
    if rng.random() < 0.3:
        return hostile.document(rng)
    behind = rng.choice(("", "[t]: https://x.org\n\n[t]\n\n", "Said[^1].\n\n[^1]: There.\n\n"))
    entry = "### 2025-12-17: Begun (Session 18)\n\n- Words.\n" if rng.random() < 0.7 else ""
    return (
        "# Handoff\n\n**Last Updated**: 2025-12-17\n\n## Recent Sessions\n\n"
        f"{entry}\n## Next\n\n{behind}1. The end.\n"
    ).encode()
