"""The SELECT of a database source, read by its tokens: where values are bound, and why it is
refused.

No parser reads every database's SQL, and what one cannot read the server may. So only the tokens
are checked here; the server judges the rest, in a read-only transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medallion.sources.base.interval_words import WORDS
from medallion.sql.nesting import DEEPEST, length_problem
from medallion.sql.problem import QueryNotRead, QueryProblem, problem_at
from medallion.sql.tokens import COMMENT, LEXES, STANDARD, WORD, Piece, pieces_of

_READING = ("select", "with", "values", "table", "(")
_WRITING = frozenset(("insert", "update", "delete", "merge", "replace"))
_LOCKS = re.compile(r"for (update|share|no key update|key share)\b|lock in share mode")
_ONE = "leave one SELECT (a WITH before it is welcome)"
_EXECUTED = re.compile(r"/\*M?!")
_STATEMENTS = frozenset(
    (
        *("alter", "backup", "begin", "bulk", "checkpoint", "close", "commit", "create", "dbcc"),
        *("deallocate", "declare", "delete", "deny", "drop", "dump", "exec", "execute", "goto"),
        *("grant", "if", "insert", "kill", "load", "merge", "open", "print", "raiserror"),
        *("readtext", "reconfigure", "restore", "return", "revert", "revoke", "rollback", "save"),
        *("set", "setuser", "shutdown", "truncate", "update", "updatetext", "use", "waitfor"),
        *("while", "writetext"),
    )
)
"""T-SQL's reserved words that begin a statement or are part of one. No semicolon need stand before
it, and no name is spelled like it without brackets: where one stands, there is another one."""
_HINTS = frozenset(("join", "union"))
"""`MERGE JOIN` and `MERGE UNION` are hints."""
_OPTIONS = frozenset(("hint", "plan"))
"""So are `OPTION (USE HINT ('…'))` and `USE PLAN`, in brackets alone."""
_ELSEWHERE = frozenset(("openquery", "openrowset", "opendatasource"))
_NEXT = ["next", "value", "for"]
_OF_SEQUENCES = frozenset(("nextval", "setval"))
_DOTTED = frozenset(("oracle", "db2", "snowflake"))
"""The dialects in which `counter.nextval` is not a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A place in a statement where a value is bound, by its name."""

    name: str


Parts = tuple[str | Bound, ...]
"""A text in pieces, and the places of values between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSelect:
    """One SELECT: the author's text with a blank for each semicolon, cut at its placeholders.

    Attributes:
        common: what comes before the main SELECT: its WITH, if it has one.
        main: the rest.
    """

    common: Parts
    main: Parts


def read_source_query(query: str, dialect: str) -> SourceSelect:
    """A query's parts, as a dialect splits it.

    >>> read_source_query("select * from orders", "mysql")
    SourceSelect(common=('',), main=('select * from orders',))

    Raises:
        QueryNotRead: it is not one SELECT that only reads, or cannot be split.
    """
    too_long = length_problem(query)
    if too_long:
        raise QueryNotRead(too_long)
    lexis = LEXES.get(dialect, STANDARD)
    found = pieces_of(query, lexis)
    for piece in found:
        if lexis.executed_comments and _EXECUTED.match(piece.text):
            what = "the server would run what is in this comment"
            remedy = "write it as SQL, or leave it out"
            raise QueryNotRead(problem_at(query, piece.start, what, remedy))
    pieces = [piece for piece in found if piece.kind != COMMENT]
    problem = next(_problems(query, pieces, dialect), None)
    if problem:
        raise QueryNotRead(problem)
    main = _main_select(pieces)
    return SourceSelect(
        common=tuple(_parts(query, pieces, 0, main)),
        main=tuple(_parts(query, pieces, main, len(query))),
    )


def _problems(query: str, pieces: Sequence[Piece], dialect: str) -> Iterator[QueryProblem]:
    yield from _statement_problems(query, pieces)
    if dialect == "tsql":
        yield from _batch_problems(query, pieces)
    yield from _sequence_problems(query, pieces, dialect)
    yield from _bracket_problems(query, pieces)
    words = [piece.word for piece in pieces]
    depth = 0
    for at, piece in enumerate(pieces):
        depth += (piece.text == "(") - (piece.text == ")")
        before, after = words[at - 1] if at else "(", words[at + 1 : at + 2]
        if piece.word in _WRITING and before in ("(", ")") and after != ["("]:
            yield _problem(query, piece, "the query changes data", "a source only reads: SELECT")
        elif piece.word == "into":
            yield _problem(query, piece, "SELECT INTO writes", "leave INTO out")
        elif _LOCKS.match(" ".join(words[at : at + 4])):
            what = "the query locks rows (FOR UPDATE, FOR SHARE)"
            yield _problem(query, piece, what, "leave the lock out")
        elif piece.word == "select" and after == ["from"] and not depth:
            what = "the SELECT names no column"
            yield _problem(query, piece, what, "SELECT * or its columns")
    yield from _parameter_problems(query, pieces)


def _statement_problems(query: str, pieces: Sequence[Piece]) -> Iterator[QueryProblem]:
    texts = [piece.text for piece in pieces]
    count = sum(text != ";" and (not at or texts[at - 1] == ";") for at, text in enumerate(texts))
    if count != 1:
        what = f"a query is one SELECT; these are {count} statements"
        yield QueryProblem(problem=what, remedy=_ONE)
    elif (first := next(piece for piece in pieces if piece.text != ";")).word not in _READING:
        what = "a query is one SELECT; this is another statement"
        yield _problem(query, first, what, f"a source only reads: {_ONE}")


def _batch_problems(query: str, pieces: Sequence[Piece]) -> Iterator[QueryProblem]:
    """What else a text of T-SQL would do: it is a batch, whose statements need nothing between
    them, and no transaction there only reads."""
    words = [piece.word for piece in pieces]
    for piece, before, after in zip(pieces, ["", *words], [*words[1:], ""], strict=False):
        is_hint = (piece.word == "merge" and (after in _HINTS or before == "inner")) or (
            piece.word == "use" and after in _OPTIONS and before in ("(", ",")
        )
        if piece.word in _STATEMENTS and before != "." and not is_hint:
            what = f"{piece.text} begins another statement"
            remedy = f"{_ONE}; a name that is spelled so is written [{piece.text}]"
            yield _problem(query, piece, what, remedy)
        elif piece.word in _ELSEWHERE and after == "(":
            what = f"{piece.text} has another server do what nobody here looks at"
            yield _problem(query, piece, what, "read that server by a connection of its own")


def _sequence_problems(query: str, pieces: Sequence[Piece], dialect: str) -> Iterator[QueryProblem]:
    """What takes a number out of a sequence: no rollback puts it back, and not every transaction
    that only reads refuses it."""
    words = [piece.word for piece in pieces]
    for at, piece in enumerate(pieces):
        before, after = words[at - 1] if at else "", words[at + 1 : at + 2]
        called = piece.word in _OF_SEQUENCES and after == ["("]
        called = called or (piece.word == "nextval" and after == ["for"] and dialect != "tsql")
        dotted = piece.word == "nextval" and before == "." and dialect in _DOTTED
        if words[at : at + 3] == _NEXT or called or dotted:
            what = "the query moves a sequence on"
            yield _problem(query, piece, what, "a source only reads: leave the number out")


def _bracket_problems(query: str, pieces: Sequence[Piece]) -> Iterator[QueryProblem]:
    opened: list[Piece] = []
    for piece in pieces:
        if piece.text == "(":
            opened.append(piece)
        elif piece.text == ")" and not opened:
            yield _problem(query, piece, "a bracket is closed that none opens", "leave it out")
            return
        elif piece.text == ")":
            opened.pop()
        if len(opened) > DEEPEST:
            what = f"the query nests brackets more than {DEEPEST} deep"
            yield _problem(query, piece, what, "make it a view in its database")
            return
    if opened:
        yield _problem(query, opened[-1], "a bracket is not closed", "close it")


def _parameter_problems(query: str, pieces: Sequence[Piece]) -> Iterator[QueryProblem]:
    """A parameter that nobody fills. In square brackets a colon makes a slice of an array."""
    depth = 0
    for at, piece in enumerate(pieces):
        depth += (piece.text == "[") - (piece.text == "]")
        name = _name_behind(pieces, at)
        if name is not None and name.text not in WORDS and not depth:
            yield _problem(
                query,
                piece,
                f"the query has the parameter {name.text}, which nobody fills",
                f"known: {', '.join(f':{word}' for word in WORDS)}",
            )


def _name_behind(pieces: Sequence[Piece], at: int) -> Piece | None:
    """The name of the placeholder whose colon (or dollar) is a piece."""
    sign, following = pieces[at], pieces[at + 1 : at + 2]
    before = pieces[at - 1].end if at else -1
    if not following or following[0].kind != WORD or following[0].start != sign.end:
        return None
    if sign.text == "$" and following[0].text.isdecimal():
        return following[0]
    # `column:path` and `x[1:n]` are SQL of some databases.
    is_name = sign.text == ":" and not following[0].text[0].isdigit()
    return following[0] if is_name and not _is_joined(pieces[at - 1], before, sign) else None


def _is_joined(previous: Piece, end: int, sign: Piece) -> bool:
    """Whether a name, a text or a closing bracket stands right before a sign."""
    return end == sign.start and (previous.kind != "sign" or previous.text in (")", "]", "."))


def _parts(query: str, pieces: Sequence[Piece], start: int, end: int) -> Iterator[str | Bound]:
    at = start
    for index, piece in enumerate(pieces):
        if not start <= piece.start < end:
            continue
        name = _name_behind(pieces, index)
        if piece.text == ";":
            yield f"{query[at : piece.start]} "
            at = piece.end
        elif name is not None and name.text in WORDS:
            yield query[at : piece.start]
            yield Bound(name=name.text)
            at = name.end
    yield query[at:end]


def _main_select(pieces: Sequence[Piece]) -> int:
    """Where the SELECT behind a WITH begins; 0 where there is none."""
    depth = 0
    first = next(piece for piece in pieces if piece.text != ";")
    for piece in pieces if first.word == "with" else ():
        depth += (piece.text == "(") - (piece.text == ")")
        if piece.word == "select" and depth == 0:
            return piece.start
    return 0


def _problem(query: str, piece: Piece, problem: str, remedy: str) -> QueryProblem:
    return problem_at(query, piece.start, problem, remedy)
