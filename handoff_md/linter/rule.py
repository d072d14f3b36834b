"""A rule, its documentation and its examples; and all rules, loaded when one is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from handoff_md.linter import rules
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import CommitFinding, Finding, Safety, Severity
from handoff_md.linter.options import Profile
from handoff_md.linter.page import EVERY_TEXT, Page, PageKind
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.linter.change import CommitChange

Check = Callable[[Page, Context], Iterator[Finding]]
CommitCheck = Callable[["CommitChange", Context], Iterator[CommitFinding]]

EXAMPLE = lazy_pattern(
    r"^(?P<fence>`{3,}|~{3,})(?:markdown|text) (?P<role>bad|good|fixed)"
    r"(?P<settings>(?: \w+=\S+)*)$\n"
    r"(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)

_MODULE = lazy_pattern(r"(?P<code>[a-z]{2}[0-9]{3})_(?P<name>[a-z0-9_]+)")


class Example(Value):
    """An example of a rule's documentation.

    ``role`` is ``bad`` (the rule fires), ``good`` (it is silent) or ``fixed`` (what its fix makes
    of the ``bad`` one before). ``settings`` are the words behind it: ``path=``, ``files=`` (paths
    that exist, with commas between them), ``profile=``.
    """

    role: str
    text: str
    settings: Mapping[str, str]


class Rule(Value):
    """A rule. ``fix`` is None where it never offers one.

    A rule about commits has a ``check_commit``, and holds for no kind of file.
    """

    code: str
    name: str
    severity: Severity
    kinds: tuple[PageKind, ...]
    check: Check
    fix: Safety | None = None
    profile: Profile | None = None
    check_commit: CommitCheck | None = None

    @property
    def documentation(self) -> str:
        """Give what the rule flags, why, and its examples: Markdown without a heading on top."""
        return cleandoc((self.check_commit or self.check).__doc__ or "")

    @property
    def summary(self) -> str:
        """Give the first sentence of the documentation, without its full stop."""
        return " ".join(self.documentation.partition("\n\n")[0].split()).rstrip(".")

    @property
    def examples(self) -> tuple[Example, ...]:
        """Give the examples of the documentation, in their order."""
        return tuple(
            Example(
                match["role"],
                match["text"],
                dict(setting.split("=", 1) for setting in match["settings"].split()),
            )
            for match in EXAMPLE.finditer(self.documentation)
        )


def rule(
    code: str,
    name: str,
    *,
    severity: Severity,
    kinds: tuple[PageKind, ...] | None = None,
    fix: Safety | None = None,
    profile: Profile | None = None,
) -> Callable[[Check], Rule]:
    """Make a rule of its check, whose docstring is its documentation.

    Args:
        code: two letters for the kind, and three digits.
        name: what it flags, in kebab case; the module is named after both.
        severity: how severe it is unless configured otherwise.
        kinds: the files that it holds for, where these are fewer than its code tells.
        fix: whether its fixes are safe; None where it offers none.
        profile: the profile that it holds for; None for both.
    """

    def make(check: Check) -> Rule:
        return Rule(code, name, severity, kinds or kinds_of(code), check, fix, profile)

    return make


def commit_rule(
    code: str, name: str, *, severity: Severity, profile: Profile | None = None
) -> Callable[[CommitCheck], Rule]:
    """Make a rule about commits of its check; see `rule` for the arguments.

    Its examples show a log or a document; they are not run.
    """

    def make(check: CommitCheck) -> Rule:
        return Rule(code, name, severity, (), _pass_over, None, profile, check)

    return make


def _pass_over(_page: Page, _context: Context) -> Iterator[Finding]:
    """Find nothing in a file: the rule is about commits."""
    return iter(())


# None stands for commits. The longest beginning of a code decides; letters that don't stand here
# are about every text. A rule that is about fewer of these files says so itself.
_KINDS: Mapping[str, tuple[PageKind | None, ...]] = {
    "HD004": (PageKind.SUMMARY,),
    "HE": (PageKind.HANDOFF,),
    "HF": (PageKind.SUMMARY,),
    "HG": (None,),
    "HP": (PageKind.HANDOFF,),
    "HR001": (PageKind.PROTOCOL,),
    "HR002": (PageKind.IGNORE,),
    "HR003": (PageKind.HANDOFF,),
    "HR004": (PageKind.HANDOFF,),
    "HS": (PageKind.LOG,),
    "HS011": (PageKind.HANDOFF, PageKind.SUMMARY),
}


def kinds_of(code: str) -> tuple[PageKind, ...]:
    """Give the kinds of files that a rule is about unless it says that these are fewer."""
    return tuple(kind for kind in _listed(code) if kind is not None)


def may_check(code: str, kind: PageKind | None) -> bool:
    """Tell whether a rule is about files of a kind, or with None about commits, by its code alone.

    So a rule's module is loaded only where there is something for it to check.
    """
    return kind in _listed(code)


def _listed(code: str) -> tuple[PageKind | None, ...]:
    prefix = max((known for known in _KINDS if code.startswith(known)), key=len, default="")
    return _KINDS.get(prefix, EVERY_TEXT)


class Listed(Value):
    """A rule as its file's name tells of it; the module is not loaded yet."""

    code: str
    name: str
    module: str


@cache
def list_rules() -> Mapping[str, Listed]:
    """List all rules by code, sorted.

    Raises:
        ValueError: two files have one code.
    """
    found: dict[str, Listed] = {}
    for name in sorted(module.name for module in iter_modules(rules.__path__)):
        match = _MODULE.fullmatch(name)
        if match is None:
            continue
        code = match["code"].upper()
        if code in found:
            msg = f"two rules have the code {code}"
            raise ValueError(msg)
        found[code] = Listed(code, match["name"].replace("_", "-"), f"{rules.__name__}.{name}")
    return found


def load_rule(code: str) -> Rule:
    """Load a rule by its code (KeyError where there is none)."""
    rule = import_module(list_rules()[code].module).check
    assert isinstance(rule, Rule)  # noqa: S101 - each module keeps to it
    return rule


def load_rules(codes: Sequence[str]) -> tuple[Rule, ...]:
    """Load rules by their codes, in this order."""
    return tuple(load_rule(code) for code in codes)
