"""Splits SQL of any dialect into quoted texts, comments, words and signs.

No parser reads every dialect as its server does. To find placeholders, semicolons and writing words
it is enough to know where texts start and end, which takes a few traits a dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from medallion.sql.problem import QueryNotRead, problem_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexis:
    """How a dialect writes texts, names and comments, besides '…', "…", -- and /* */."""

    backslashes: bool = False
    """A backslash in quotes escapes what follows it."""
    escape_strings: bool = False
    """So it does in E'…' only."""
    backticks: bool = False
    brackets: bool = False
    """[…] is a quoted name."""
    dollars: bool = False
    """$tag$…$tag$ is a text."""
    q_quotes: bool = False
    """q'[…]' is a text."""
    hashes: bool = False
    """# begins a comment, and -- only does with a space behind it."""
    nested: bool = False
    """Comments nest."""
    executed_comments: bool = False
    """The server runs what is in /*! … */."""


STANDARD = Lexis()
LEXES: Mapping[str, Lexis] = {
    "": STANDARD,
    "postgres": Lexis(escape_strings=True, dollars=True, nested=True),
    "redshift": Lexis(backslashes=True, dollars=True),
    "mysql": Lexis(backslashes=True, backticks=True, hashes=True, executed_comments=True),
    "sqlite": Lexis(backticks=True, brackets=True),
    "tsql": Lexis(brackets=True, nested=True),
    "oracle": Lexis(q_quotes=True),
    "db2": Lexis(nested=True),
    "snowflake": Lexis(backslashes=True, dollars=True),
    "trino": STANDARD,
}
"""By the name of the dialect."""

QUOTED, COMMENT, WORD, SIGN = "quoted", "comment", "word", "sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a text: its kind, its text, and its offsets."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The text in small letters if it is a word, else unchanged."""
        return self.text.lower() if self.kind == WORD else self.text


def pieces_of(text: str, lexis: Lexis) -> list[Piece]:
    """The pieces of a text, comments included.

    Linear in the text's length: the patterns never backtrack.

    >>> [piece.text for piece in pieces_of("a > ':b' # c", LEXES["mysql"])]
    ['a', '>', "':b'", '# c']

    Raises:
        QueryNotRead: a quote or a comment does not end.
    """
    found: list[Piece] = []
    at, pattern = 0, _pattern(lexis)
    while match := pattern.search(text, at):
        kind = match.lastgroup or SIGN
        end = _ENDS[kind](text, match) if kind in _ENDS else match.end()
        if end < 0:
            what = f"{match.group()} begins something that does not end"
            remedy = "end it: a quote within quotes is doubled"
            raise QueryNotRead(problem_at(text, match.start(), what, remedy))
        found.append(
            Piece(
                kind=_KINDS.get(kind, kind),
                text=text[match.start() : end],
                start=match.start(),
                end=end,
            )
        )
        at = end
    return found


@cache
def _pattern(lexis: Lexis) -> re.Pattern[str]:
    single = r"'(?:\\.|''|[^'\\])*+'" if lexis.backslashes else r"'(?:''|[^'])*+'"
    quoted = [single, single.replace("'", '"')]
    if lexis.escape_strings:
        escaped = r"'(?:\\.|''|[^'\\])*+'"
        # A text continues on the next line, in the same manner.
        next_line = r"(?:[^\S\n]|--[^\n]*+)*+\n(?:\s|--[^\n]*+\n)*+"
        quoted.insert(0, rf"(?<!\w)[eE]{escaped}(?:{next_line}{escaped})*+")
    if lexis.backticks:
        quoted.append(r"`(?:``|[^`])*+`")
    if lexis.brackets:
        quoted.append(r"\[(?:\]\]|[^\]])*+\]")
    dashes = r"--(?=\s|\Z)[^\n]*+|\#[^\n]*+" if lexis.hashes else r"--[^\n]*+"
    opening = f"'\"{'`' if lexis.backticks else ''}{'[' if lexis.brackets else ''}"
    parts = (
        rf"(?P<comment>{dashes})",
        rf"(?P<{'nested' if lexis.nested else 'block'}>/\*)",
        *((r"(?<!\w)(?P<q_quote>[nN]?[qQ]'\S)",) if lexis.q_quotes else ()),
        rf"(?P<quoted>{'|'.join(quoted)})",
        *((r"(?<![\w$])(?P<dollar>\$(?:[^\W\d]\w*+)?\$)",) if lexis.dollars else ()),
        rf"(?P<open>[{re.escape(opening)}])",
        r"(?P<word>[^\W\d][\w$#@]*+|\d[\w.]*+)",
        r"(?P<sign>::|:=|\S)",
    )
    return re.compile("|".join(parts), re.DOTALL)


def _find_end(text: str, end: str, start: int) -> int:
    place = text.find(end, start)
    return place if place < 0 else place + len(end)


def _end_of_nested(text: str, match: re.Match[str]) -> int:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[match.start() :]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return match.start() + mark.end()
    return -1


def _end_of_q_quote(text: str, match: re.Match[str]) -> int:
    mark = match.group()[-1]
    return _find_end(text, f"{_CLOSING.get(mark, mark)}'", match.end())


_CLOSING = {"[": "]", "(": ")", "{": "}", "<": ">"}
_KINDS = {"nested": COMMENT, "block": COMMENT, "q_quote": QUOTED, "dollar": QUOTED}
_ENDS: Mapping[str, Callable[[str, re.Match[str]], int]] = {
    "nested": _end_of_nested,
    "block": lambda text, match: _find_end(text, "*/", match.end()),
    "q_quote": _end_of_q_quote,
    "dollar": lambda text, match: _find_end(text, match.group(), match.end()),
    "open": lambda text, match: -1,
}
"""Behind what begins there; -1 where it does not end."""
