"""Lines of a project's files, to be shown beside what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath

from medallion.spec.files.regular_file import FileRefused, read_bounded
from medallion.spec.messages.report import Lines

HIDDEN = "***"
_NAMES = r"""(?:(?<![^\W_])|(?-i:(?<=[a-z0-9])(?=[A-Z])))
    (?:pass(?:word|wd|phrase)?|pwd|secret|token|cookie|credential|authorization|sas
    |(?:access|account|api|auth|client|private|secret)[_-]?(?:key|secret|token))s?["']?"""
"""The names of secrets, also as the last word of a longer one."""
_FLAGS = re.IGNORECASE | re.VERBOSE
_COLON = r"""\s*:(?=[\s"'\[]|$)(?![ \t]*\{)[ \t]*"""
"""Not before a mapping, which a column of that name has."""
_KEY = re.compile(_NAMES + _COLON, _FLAGS)
_KEY_OR_VALUE = re.compile(rf"""(?:{_NAMES}|(?<!\w)["']?value["']?){_COLON}""", _FLAGS)
_NAMED = re.compile(
    rf"""(?<!\w)(?:name|key|header|field|param|id)["']?\s*:\s*["']?[\w.-]*?{_NAMES}\s*(?:[,}}\#]|$)""",
    _FLAGS,
)
"""A part of a list that names a secret: its value is beside it."""
_IN_BRACES = re.compile(
    r"""(?P<value>(?:[&!]\S+\s+)*(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[[^\]]*\]
        |(?:[^,}"'\[]|,(?!\s|$)|(?<=[^\s,])["'\[])*))(?P<end>\s*[,}])?""",
    _FLAGS,
)
_ASSIGNED = re.compile(
    rf"""(?P<key>{_NAMES}[=:])(?!\*\*\*\s*[,}}])(?:'[^']*'?|(?:(?:bearer|basic)\s+)?[^\s&"'{{]+)""",
    _FLAGS,
)
_LOGIN = re.compile(r"""(?<=://)(?:[^/\s"]+|[^/\s@":]*:[^\s@"]+)(?=@)""")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?")
_NOTHING_YET = re.compile(r"(?:[&!]\S*\s*)*(?:\#.*)?")
_OF_A_MAPPING = re.compile(r"\s*[A-Za-z_][\w-]*:(?:\s|$)")
_BESIDE = 2
"""Lines between the name of a secret and its value, at most."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A secret that may continue in the next lines: those indented deeper than its key, and those
    before `quote` is closed."""

    indent: int
    quote: str = ""

    def next(self, line: str) -> _Open | None:
        """What is open behind a line; None: the line is none of the secret's."""
        if self.quote:
            return replace(self, quote="") if self.quote in line else self
        listed = re.match(r" *-\s", line) and _indent(line) == self.indent
        deeper = _indent(line) > self.indent or not line.strip()
        return self if deeper or listed else None


def without_secrets(lines: Iterable[str]) -> Iterator[str]:
    """YAML whose passwords and tokens are hidden, line by line. It may hide too much.

    >>> list(without_secrets(["a: {token: abc, b: 1}", "url: https://me:abc@example.org"]))
    ['a: {token: ***, b: 1}', 'url: https://***@example.org']
    """
    known = list(lines)
    named = {at for at, line in enumerate(known) if _NAMED.search(line)}
    left: _Open | None = None
    for at, line in enumerate(known):
        left = left and left.next(line)
        if left:
            yield line[: _indent(line)] + HIDDEN if line.strip() else line
            continue
        beside = not named.isdisjoint(range(at - _BESIDE, at + _BESIDE + 1))
        following = next((one for one in known[at + 1 :] if one.strip()), "")
        shown, left = _hide(line, _KEY_OR_VALUE if beside else _KEY, following)
        yield _LOGIN.sub(HIDDEN, _ASSIGNED.sub(rf"\g<key>{HIDDEN}", shown))


def _hide(line: str, key: re.Pattern[str], following: str) -> tuple[str, _Open | None]:
    """The line without the values of its secret keys, and what continues behind it."""
    shown, at, brace = "", 0, line.find("{")
    while found := key.search(line, at):
        shown += line[at : found.end()]
        value = line[found.end() :]
        left = _Open(indent=_key_indent(line, found.start()))
        if _BLOCK.fullmatch(value.strip()):
            return shown + value, left
        if _NOTHING_YET.fullmatch(value.strip()):
            is_mapping = _indent(following) > left.indent and _OF_A_MAPPING.match(following)
            return shown + value, None if is_mapping else left
        inside = _IN_BRACES.match(line, found.end()) if 0 <= brace < found.start() else None
        if not inside or not inside["end"]:
            return shown + HIDDEN, replace(left, quote=_open_quote(value))
        shown, at = shown + HIDDEN, inside.end("value")
    return shown + line[at:], None


def _open_quote(value: str) -> str:
    """The quote that a value opens and does not close on its line."""
    quote = value.lstrip()[:1]
    if quote not in ("'", '"'):
        return ""
    closed = r'"(?:[^"\\]|\\.)*"' if quote == '"' else r"'(?:[^']|'')*'"
    return "" if re.match(closed, value.lstrip()) else quote


def _key_indent(line: str, at: int) -> int:
    """Where a key that begins a line stands, behind the dash of a list too; else the line's."""
    before = line[:at]
    start = re.match(r"[\s-]*", before)
    return start.end() if start else 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
