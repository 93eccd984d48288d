"""The words of SQL in any database's dialect: what is quoted, what is a comment, what is neither.

No parser reads every dialect as its server does. Where a text starts and ends is enough to find
placeholders, semicolons and the words that write, and it is a handful of traits for each dialect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from medallion.sql.problem import QueryProblem, problem_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexis:
    """How a dialect writes texts, names and comments, beyond '…', "…", -- and /* */."""

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
    """The server runs what stands in /*! … */."""


STANDARD = Lexis()
LEXES: Mapping[str, Lexis] = {
    "": STANDARD,
    "postgres": Lexis(escape_strings=True, dollars=True, nested=True),
    "redshift": Lexis(backslashes=True, dollars=True),
    "mysql": Lexis(backslashes=True, backticks=True, hashes=True, executed_comments=True),
    "sqlite": Lexis(backticks=True, brackets=True),
    "tsql": Lexis(brackets=True, nested=True),
    "oracle": Lexis(q_quotes=True),
    "snowflake": Lexis(backslashes=True, dollars=True),
    "trino": STANDARD,
}
"""By the name of the dialect."""

QUOTED, COMMENT, WORD, SIGN = "quoted", "comment", "word", "sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a text: its kind, its text, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """In small letters where it is a word, else as it is."""
        return self.text.lower() if self.kind == WORD else self.text


def pieces_of(text: str, lexis: Lexis) -> list[Piece] | QueryProblem:
    """The pieces of a text, comments among them; what is wrong where one does not end."""
    found: list[Piece] = []
    at, pattern = 0, _pattern(lexis)
    while match := pattern.search(text, at):
        kind = match.lastgroup or SIGN
        end = _end_of_nested(text, match.start()) if kind == "nested" else match.end()
        if kind == "open" or end < 0:
            what = f"{match.group()} begins something that does not end"
            return problem_at(text, match.start(), what, "end it: a quote within quotes is doubled")
        kind = COMMENT if kind == "nested" else kind
        found.append(Piece(kind=kind, text=text[match.start() : end], start=match.start(), end=end))
        at = end
    return found


@cache
def _pattern(lexis: Lexis) -> re.Pattern[str]:
    single = r"'(?:\\.|''|[^'\\])*'" if lexis.backslashes else r"'(?:''|[^'])*'"
    quoted = [single, single.replace("'", '"')]
    if lexis.escape_strings:
        escaped = r"'(?:\\.|''|[^'\\])*'"
        # On the next line a text goes on, in the same manner.
        quoted.insert(
            0, rf"(?<!\w)[eE]{escaped}(?:(?:[^\S\n]|--[^\n]*)*\n(?:\s|--[^\n]*\n)*{escaped})*"
        )
    if lexis.q_quotes:
        pairs = "|".join(rf"\{a}.*?\{b}'" for a, b in ("[]", "()", "{}", "<>"))
        quoted.insert(0, rf"(?<!\w)[nN]?[qQ]'(?:{pairs}|(?P<mark>[^\s\[({{<]).*?(?P=mark)')")
    if lexis.backticks:
        quoted.append(r"`(?:``|[^`])*`")
    if lexis.brackets:
        quoted.append(r"\[(?:\]\]|[^\]])*\]")
    if lexis.dollars:
        quoted.append(r"(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$")
    dashes = r"--(?=\s|\Z)[^\n]*|\#[^\n]*" if lexis.hashes else r"--[^\n]*"
    comments = dashes if lexis.nested else rf"{dashes}|/\*.*?\*/"
    parts = (
        rf"(?P<comment>{comments})",
        *((r"(?P<nested>/\*)",) if lexis.nested else ()),
        rf"(?P<quoted>{'|'.join(quoted)})",
        rf"(?P<open>/\*|['\"{'`' if lexis.backticks else ''}])",
        r"(?P<word>[^\W\d][\w$#@]*|\d[\w.]*)",
        r"(?P<sign>::|:=|\S)",
    )
    return re.compile("|".join(parts), re.DOTALL)


def _end_of_nested(text: str, start: int) -> int:
    """Behind the comment that begins there; -1 where it does not end."""
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return start + mark.end()
    return -1
