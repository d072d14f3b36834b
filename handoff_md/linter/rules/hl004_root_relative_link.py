"""HL004: a link is written from the repository's root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import unquote

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page, PageKind
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.links import relative, resolve, split_relative, write_destination
from handoff_md.syntax.links import Link
from handoff_md.text.edit import Edit
from handoff_md.text.visible import shorten


@rule(
    "HL004",
    "root-relative-link",
    severity=Severity.ERROR,
    kinds=(PageKind.HANDOFF, PageKind.LOG, PageKind.PROTOCOL),
    fix=Safety.SAFE,
)
def check(page: Page, context: Context) -> Iterator[Finding]:
    """
    A relative link is written from the repository's root, not from the file's folder.

    ## Why

    A relative link starts from the folder of the file that holds it. Agents that work in the root
    write paths as they see them there, and the link is broken for everybody else.

    The fix rewrites the destination from where the file lies, and nothing else. It is safe, unless
    a bare file name in the root is all that tells. A link by reference has none, for others may
    share its definition. In a summary such a link is right: `merge` rewrites it.

    ```markdown bad
    See [Session 19](.agents/sessions/2025-12-18-session-19-cache.md#outcome).
    ```

    ```markdown fixed
    See [Session 19](./sessions/2025-12-18-session-19-cache.md#outcome).
    ```

    ```markdown bad files=docs/guide.md,.agents/HANDOFF.md
    See [the guide](docs/guide.md).
    ```

    ```markdown fixed
    See [the guide](../docs/guide.md).
    ```

    ```markdown good
    See [Session 19](./sessions/2025-12-18-session-19-cache.md).
    ```
    """
    if not page.folder or page.is_outside:
        return
    for link in page.links:
        parts = split_relative(link.href)
        target = resolve("", parts[0]) if parts else None
        if not parts or not target or not _is_from_root(page, parts[0], target, context):
            continue
        path = relative(target, page.folder)
        href = (f"{path.rstrip('/')}/" if parts[0].endswith("/") else path) + parts[1]
        yield Finding(
            link.destination or link.span,
            f"The link starts from the repository's root: from here it reads `{shorten(href)}`",
            fix=_fix(link, href, parts[0]),
        )


def _is_from_root(page: Page, path: str, target: str, context: Context) -> bool:
    """Tell whether a path leads nowhere from the page's folder, and is meant from the root.

    It is where it starts with the very folder that the page lies in, or where it exists there.
    """
    exists: Callable[[str], bool] = context.around.exists or (lambda _path: False)
    here = resolve(page.folder, path)
    if here is None or exists(unquote(here)):
        return False
    top = page.folder.partition("/")[0]
    spelled = target.startswith(f"{top}/") and not exists(f"{page.folder}/{top}")
    return spelled or exists(unquote(target))


def _fix(link: Link, href: str, path: str) -> Fix | None:
    if link.destination is None:
        return None
    edit = Edit(link.destination, write_destination(href))
    bare = "/" not in path.removeprefix("./")
    safety = Safety.UNSAFE if bare else Safety.SAFE
    return Fix("write the link from the file's own folder", (edit,), safety)
