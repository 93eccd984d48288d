"""Lines of a project's files, to be shown beside what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from medallion.spec.files.regular_file import FileRefused, read_bounded
from medallion.spec.messages.report import Lines

HIDDEN = "***"
_SECRET = re.compile(
    r"""(?P<key>(?<![\w.])(?:pass(?:word|wd|phrase)?|pwd|secret|token|cookie|authorization
        |(?:access|api|auth|client|private|secret)[_-]?(?:key|secret|token)|sas)["']?\s*:\s+)
        (?P<value>"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s{\[*&#,}"'][^,}]*)""",
    re.IGNORECASE | re.VERBOSE,
)
"""A key that names a secret, and its value on the same line; not a mapping, which a column of that
name has."""
_LOGIN = re.compile(r"(?<=://)[^/\s@\"']+(?=@)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?")


def lines_below(root: Path) -> Lines:
    """What gives the lines of a file by its path below `root`, none where it cannot be read.

    It is held to what a spec is held to, because it may be one that was refused for that: a link
    to a device, or out of its folder, is not read. What looks like a secret is hidden: a spec may
    be refused because it holds one.
    """

    @cache
    def lines(path: str) -> list[str]:
        try:
            data = read_bounded(root / path, root / PurePosixPath(path).parts[0])
        except (OSError, FileRefused):
            return []
        return list(without_secrets(data.decode("utf-8-sig", errors="replace").split("\n")))

    return lines


def without_secrets(lines: Iterable[str]) -> Iterator[str]:
    """YAML whose passwords and tokens are hidden, line by line.

    >>> list(without_secrets(["a: {token: abc, b: 1}", "url: https://me:abc@example.org"]))
    ['a: {token: ***, b: 1}', 'url: https://***@example.org']
    """
    within: int | None = None  # the indentation of a key whose block of text is a secret
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if within is not None and (indent > within or not line.strip()):
            yield line[:indent] + HIDDEN if line.strip() else line
            continue
        found = _SECRET.search(line)
        within = indent if found and _BLOCK.fullmatch(found["value"].strip()) else None
        hidden = line if within is not None else _SECRET.sub(rf"\g<key>{HIDDEN}", line)
        yield _LOGIN.sub(HIDDEN, hidden)
