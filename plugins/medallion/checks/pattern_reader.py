"""Regular expressions of checks: read once, and written for the engine that will match them.

Bronze is matched by RE2 and silver and gold by PostgreSQL. Both take most patterns of the other,
and mean something else by some of them: `{,3}`, `\\x41b`, `.` before a line break, `\\w` of a
letter with an accent. So no pattern reaches an engine as it was written: each construct that is
read here has one meaning, and is written as both engines take it. What only one of them has, is
refused for the other; what is not read here, is refused.

Pure, and in time that grows with the pattern: nothing is matched or compiled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from medallion.checks.characters import (
    CLASSES,
    ESCAPES,
    Ranges,
    bracket,
    in_any_case,
    literal,
    others,
)

LONGEST = 1000
_MOST_TIMES = 255
_MOST_NESTED = 1000
_HEAVIEST = 2000
_DEEPEST = 50

_WORD = bracket(ESCAPES["w"])
_AT_EDGE = rf"(?:(?<!{_WORD})(?={_WORD})|(?<={_WORD})(?!{_WORD}))"
_NO_EDGE = rf"(?:(?<!{_WORD})(?!{_WORD})|(?<={_WORD})(?={_WORD}))"

_TIMES = re.compile(r"\{([0-9]{1,9})(?:(,)([0-9]{1,9})?)?\}")
_NAME = re.compile(r"P?<([A-Za-z_][A-Za-z0-9_]*)>")
_FLAGS = re.compile(r"([a-z]*)(?:-[a-z]+)?([:)])")
_CODES = (
    re.compile(r"x([0-9A-Fa-f]{2})"),
    re.compile(r"x\{([0-9A-Fa-f]{1,6})\}"),
    re.compile(r"u([0-9A-Fa-f]{4})"),
    re.compile(r"U([0-9A-Fa-f]{8})"),
)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexEngine:
    """How an engine writes what the engines write differently; None: it has no such thing."""

    name: str
    any_character: str
    edges: dict[str, str | None]
    """By the letter of their escape, what is between a word and no word."""
    looks_around: bool
    refers_back: bool


RE2 = RegexEngine(
    name="RE2",
    any_character="(?s:.)",
    edges={"b": r"\b", "y": r"\b", "B": r"\B", "Y": r"\B", "m": None, "M": None},
    looks_around=False,
    refers_back=False,
)
POSTGRES = RegexEngine(
    name="PostgreSQL",
    any_character="(?:.)",
    edges={
        "b": _AT_EDGE,
        "y": _AT_EDGE,
        "B": _NO_EDGE,
        "Y": _NO_EDGE,
        "m": rf"(?:(?<!{_WORD})(?={_WORD}))",
        "M": rf"(?:(?<={_WORD})(?!{_WORD}))",
    },
    looks_around=True,
    refers_back=True,
)


class PatternRefused(ValueError):
    """A pattern that is broken, or that engines read differently.

    `silent`: an engine would take it, as something that its author did not mean.
    """

    def __init__(self, problem: str, remedy: str, *, silent: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.silent = silent


def write_for(engine: RegexEngine, pattern: str) -> str:
    """A pattern as the engine takes it.

    >>> write_for(POSTGRES, r"^\\x41.\\d{2}$")
    '^A[^\\\\n][0-9]{2}$'

    Raises:
        PatternRefused: it is broken, or cannot be written for the engine.
    """
    if len(pattern) > LONGEST:
        raise PatternRefused(f"it has {len(pattern)} characters", f"write at most {LONGEST}")
    return _Reader(engine, pattern).read()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mode:
    """What flags and groups around a place have set."""

    folds: bool = False
    dot_is_all: bool = False
    depth: int = 0
    repeated: int = 1
    """How often the place can be repeated, by all counts around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What has been read: as it is written, how heavy it is, whether it can be repeated."""

    text: str
    weight: int = 1
    repeats: int = 1
    """The highest product of counts within it."""
    anchors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """The start of a bracket's member: a character, or a set with a name."""

    character: str = ""
    ranges: Ranges = ()


class _Reader:
    """One reading of one pattern, from left to right."""

    def __init__(self, engine: RegexEngine, pattern: str) -> None:
        self._engine = engine
        self._text = pattern
        self._at = 0
        self._groups = 0

    def read(self) -> str:
        """The whole pattern in the engine's words. Raises `PatternRefused` where it has none for a
        part."""
        found = self._choice(self._leading_flags())
        if self._at < len(self._text):
            raise PatternRefused("a ) closes nothing", r"write \) for the character")
        if found.weight > _HEAVIEST:
            raise PatternRefused("its counts repeat too much", "lower the counts, or use * or +")
        return found.text

    def _leading_flags(self) -> _Mode:
        if not self._takes("(?"):
            return _Mode()
        flags = _FLAGS.match(self._text, self._at)
        if flags is None or flags[2] == ":":
            self._at -= 2
            return _Mode()
        self._at = flags.end()
        return self._with_flags(_Mode(), flags[0][:-1])

    def _with_flags(self, mode: _Mode, flags: str) -> _Mode:
        known = {"i": {"folds": True}, "s": {"dot_is_all": True}}
        for flag in flags:
            if flag not in known:
                raise PatternRefused(
                    f"the flag {flag} is not one of i, s", "write the pattern so that it needs none"
                )
            mode = replace(mode, **known[flag])
        return mode

    def _choice(self, mode: _Mode) -> _Piece:
        branches = [self._branch(mode)]
        while self._takes("|"):
            branches.append(self._branch(mode))
        return _Piece(
            text="|".join(branch.text for branch in branches),
            weight=sum(branch.weight for branch in branches),
            repeats=max(branch.repeats for branch in branches),
        )

    def _branch(self, mode: _Mode) -> _Piece:
        text, weight, repeats = [], 0, 1
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            piece = self._repeat(self._atom(mode))
            text.append(piece.text)
            weight += piece.weight
            repeats = max(repeats, piece.repeats)
        return _Piece(text="".join(text), weight=weight, repeats=repeats)

    def _repeat(self, atom: _Piece) -> _Piece:
        times = self._times()
        if times is None:
            return atom
        written, most = times
        if atom.anchors:
            raise PatternRefused(f"{written} repeats a place, not a character", "leave it out")
        lazy = "?" if self._takes("?") else ""
        if self._at < len(self._text) and self._text[self._at] == "+":
            raise PatternRefused(
                f"{written}+ is possessive, which only some engines know", "leave the last + out"
            )
        if self._times() is not None:
            raise PatternRefused(f"{written} is repeated itself", "put what it repeats in ( )")
        repeats = atom.repeats * max(most, 1)
        if repeats > _MOST_NESTED:
            raise PatternRefused(
                f"counts within counts come to {repeats}", f"keep them to {_MOST_NESTED}"
            )
        return _Piece(
            text=f"{atom.text}{written}{lazy}",
            weight=atom.weight * max(most, 1),
            repeats=repeats,
        )

    def _times(self) -> tuple[str, int] | None:
        """A count as it is written, and the highest number that it names."""
        for sign in "*+?":
            if self._takes(sign):
                return sign, 1
        if self._at >= len(self._text) or self._text[self._at] != "{":
            return None
        found = _TIMES.match(self._text, self._at)
        if found is None:
            raise PatternRefused(
                "a { that begins no count like {2}, {2,} or {0,3}",
                r"write {0,n} for at most n times, \{ for the character",
                silent=True,
            )
        self._at = found.end()
        low, high = int(found[1]), int(found[3] or found[1])
        if max(low, high) > _MOST_TIMES:
            raise PatternRefused(f"{found[0]} counts above {_MOST_TIMES}", "use * or +")
        if low > high:
            raise PatternRefused(f"{found[0]} begins above its end", "swap the numbers")
        return found[0], high

    def _atom(self, mode: _Mode) -> _Piece:
        character = self._next()
        if character in "*+?{":
            raise PatternRefused(
                f"{character} repeats nothing", f"write \\{character} for the sign"
            )
        if character in "^$":
            return _Piece(text=character, anchors=True)
        if character == ".":
            dot = self._engine.any_character if mode.dot_is_all else r"[^\n]"
            return _Piece(text=dot)
        readers = {"(": self._group, "[": self._bracket, "\\": self._escape}
        if character in readers:
            return readers[character](mode)
        return self._one(character, mode)

    def _one(self, character: str, mode: _Mode) -> _Piece:
        if character == "\0":
            raise PatternRefused("no text has a NUL character", "leave it out")
        if mode.folds:
            variants = in_any_case([(ord(character), ord(character))])
            if variants != ((ord(character), ord(character)),):
                return _Piece(text=bracket(variants))
        return _Piece(text=literal(character))

    def _group(self, mode: _Mode) -> _Piece:
        if mode.depth >= _DEEPEST:
            raise PatternRefused(f"groups are {_DEEPEST} deep", "write it with fewer")
        inner = replace(mode, depth=mode.depth + 1)
        opening = "("
        if self._takes("?"):
            opening, inner = self._special_group(inner)
        if opening == "(":
            self._groups += 1
        found = self._choice(inner)
        if not self._takes(")"):
            raise PatternRefused("a ( is not closed", r"close it, or write \( for the character")
        return replace(
            found, text=f"{opening}{found.text})", anchors=opening in ("(?=", "(?!", "(?<=", "(?<!")
        )

    def _special_group(self, mode: _Mode) -> tuple[str, _Mode]:
        """How the group opens, what holds within it; after `(?`."""
        for looks in ("=", "!", "<=", "<!"):
            if self._takes(looks):
                if not self._engine.looks_around:
                    raise PatternRefused(
                        f"(?{looks} looks around, which {self._engine.name} does not: its time "
                        "grows with the text alone",
                        "write two checks, one with not_match_regex, or put it on silver",
                    )
                return f"(?{looks}", mode
        if name := _NAME.match(self._text, self._at):
            self._at = name.end()
            return "(", mode
        flags = _FLAGS.match(self._text, self._at)
        if flags is None or flags[2] == ")":
            raise PatternRefused(
                f"a group that begins with (?{self._text[self._at : self._at + 1]}",
                "write ( or (?: there; flags go at the very beginning: (?i)",
            )
        self._at = flags.end()
        return "(?:", self._with_flags(mode, flags[0][:-1])

    def _escape(self, mode: _Mode) -> _Piece:
        if (code := self._code()) is not None:
            return self._one(code, mode)
        letter = self._next_of_escape()
        if letter.lower() in ESCAPES:
            return _Piece(text=bracket(ESCAPES[letter.lower()], negated=letter.isupper()))
        if letter in self._engine.edges:
            return self._edge(letter)
        if letter in "AZz":
            return _Piece(text="^" if letter == "A" else "$", anchors=True)
        if letter in "123456789":
            return self._back_reference(letter)
        return self._one(self._unescape(letter), mode)

    def _edge(self, letter: str) -> _Piece:
        written = self._engine.edges[letter]
        if written is None:
            raise PatternRefused(
                f"\\{letter} is PostgreSQL's alone", r"the edge of a word is \b, on either side"
            )
        return _Piece(text=written, anchors=True)

    def _back_reference(self, digit: str) -> _Piece:
        more = self._at < len(self._text) and self._text[self._at].isdigit()
        if more or not self._engine.refers_back:
            raise PatternRefused(
                f"\\{digit} refers back to a group, which {self._engine.name} does not",
                "write the characters themselves",
            )
        if int(digit) > self._groups:
            raise PatternRefused(f"there is no group {digit} before \\{digit}", "count the ( again")
        return _Piece(text=f"(?:\\{digit})")

    def _unescape(self, letter: str) -> str:
        """The character that an escape names."""
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter.isalnum():
            raise PatternRefused(
                f"\\{letter} is not the same to every engine",
                "name the characters that you mean: [A-Za-zÀ-ÿ] for letters"
                if letter in "pP"
                else f"write {letter} for the letter itself",
            )
        return letter

    def _code(self) -> str | None:
        """The character that `\\x41`, `\\x{2603}` or `\\u2603` names."""
        for form in _CODES:
            if found := form.match(self._text, self._at):
                number = int(found[1], 16)
                if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                    raise PatternRefused(f"\\{found[0]} is not a character", "correct the number")
                self._at = found.end()
                return chr(number)
        return None

    def _bracket(self, mode: _Mode) -> _Piece:
        negated = self._takes("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._takes("]"):
            ranges += self._member()
            first = False
        if mode.folds:
            try:
                ranges = list(in_any_case(ranges))
            except ValueError as error:
                raise PatternRefused(
                    f"{error} cannot be taken in any case", "write it outside of (?i)"
                ) from None
        if not (others(ranges) if negated else ranges):
            raise PatternRefused("a bracket that no character matches", "leave it out")
        return _Piece(text=bracket(ranges, negated=negated))

    def _member(self) -> Ranges:
        """A character of a bracket, a range of them, or a set with a name."""
        low = self._member_start()
        if low.ranges:
            return low.ranges
        if not self._text.startswith("-", self._at) or self._text.startswith("-]", self._at):
            return ((ord(low.character), ord(low.character)),)
        self._at += 1
        high = self._member_start()
        if high.ranges or ord(high.character) < ord(low.character):
            raise PatternRefused(
                f"a range from {low.character} that has no end after it", r"write \- for -"
            )
        return ((ord(low.character), ord(high.character)),)

    def _member_start(self) -> _Member:
        character = self._next("a [ is not closed", r"close it, or write \[ for the character")
        if character == "[" and self._text.startswith((":", ".", "="), self._at):
            return _Member(ranges=self._read_named_class())
        if character == "\0":
            raise PatternRefused("no text has a NUL character", "leave it out")
        if character != "\\":
            return _Member(character=character)
        if (code := self._code()) is not None:
            return _Member(character=code)
        letter = self._next_of_escape()
        if letter.lower() in ESCAPES:
            found = ESCAPES[letter.lower()]
            return _Member(ranges=others(found) if letter.isupper() else found)
        return _Member(character=self._unescape(letter))

    def _read_named_class(self) -> Ranges:
        end = self._text.find(":]", self._at + 1)
        name = self._text[self._at + 1 : end] if self._text[self._at] == ":" and end > 0 else ""
        if name not in CLASSES:
            raise PatternRefused(
                "a [ within brackets begins no class like [:alpha:]", r"write \[ for the character"
            )
        self._at = end + 2
        return CLASSES[name]

    def _takes(self, text: str) -> bool:
        if not self._text.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _next(self, problem: str = "it ends too early", remedy: str = "complete it") -> str:
        if self._at >= len(self._text):
            raise PatternRefused(problem, remedy)
        self._at += 1
        return self._text[self._at - 1]

    def _next_of_escape(self) -> str:
        return self._next("it ends with a \\", r"write \\ for the character")
