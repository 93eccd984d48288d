"""The cleaning verbs with arguments: `clean: [{replace: {text: "-", with: ""}}]`.

One model a verb: its fields are its arguments, its examples its test. A verb is one or more
templates in `value`, filled with parts that come from the arguments. Such a verb can refuse a text,
whose row is then quarantined with the verb's reason. Read while DAGs are parsed: nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, model_validator

from medallion.cleaning.declared.columns import Missing
from medallion.model import SpecModel

if TYPE_CHECKING:
    from sqlglot import exp

Template = tuple[str, dict[str, "exp.Expr | str"]]
Example = tuple[dict[str, Any], str, str | None]
"""Arguments, a text, and what becomes of it: a text, NULL, or a refusal."""
SET_ASIDE = "(quarantine)"
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Suffix = Annotated[str, Field(min_length=1, max_length=40)]


def _hold_to_powers(factor: int) -> int:
    if str(factor).strip("0") != "1":
        raise ValueError(f"{factor} is not a power of ten, as 1000 is; `scale` takes any factor")
    return factor


PowerOfTen = Annotated[int, Field(ge=1, le=10**15), AfterValidator(_hold_to_powers)]
_GAP = r"[\s\p{Z}]*"
_REFUSED = "concat(chr(0), value, chr(0), reason)"


class VerbArguments(SpecModel):
    """The base of verbs with arguments. The fields are the arguments as YAML has them."""

    doc: ClassVar[str]
    examples: ClassVar[tuple[Example, ...]]
    bare: ClassVar[bool] = False
    """Whether it can be named without arguments."""

    @property
    def refuses(self) -> bool:
        """Whether there are texts that the verb refuses."""
        return True

    @property
    def pattern_to_check(self) -> tuple[str, str, str, int] | None:
        """(argument, pattern, replacement, group) for a verb with a regular expression; DuckDB
        checks it when the spec is read. None: there is none."""
        return None

    def steps(self) -> tuple[Template, ...]:
        """Templates in `value`, each with its other parts, applied in this order."""
        raise NotImplementedError


def _otherwise(missing: Missing) -> str:
    """What becomes of a text that is set and fits nowhere."""
    return {"quarantine": _REFUSED, "keep": "value", "null": "NULL"}[missing]


def _where(condition: str, result: str, missing: Missing = "quarantine") -> str:
    """NULL stays NULL: an unknown condition is not a false one."""
    return (
        f"CASE WHEN {condition} THEN {result} WHEN value IS NOT NULL THEN {_otherwise(missing)} END"
    )


class Replace(VerbArguments):
    """Replaces a text, or what a regular expression matches, wherever it is."""

    doc = "Replaces a `text`, or what a `pattern` (a regular expression) matches, by `with`."
    examples = (
        ({"text": "&amp;", "with": "&"}, "Fast &amp; Furious &amp; co", "Fast & Furious & co"),
        ({"pattern": r"\s*\(.*\)$", "with": ""}, "Alien (1979)", "Alien"),
        ({"pattern": "^0033", "with": "+33"}, "0033123", "+33123"),
        ({"pattern": r"([0-9]+)/([0-9]+)", "with": r"\2-\1"}, "1/2", "2-1"),
    )
    text: str | None = Field(default=None, min_length=1)
    """The text that is replaced, as it is."""
    pattern: str | None = Field(default=None, min_length=1, max_length=1000)
    """A regular expression (RE2): all that it matches is replaced."""
    with_: str = Field(alias="with")
    r"""What takes its place; after a pattern, `\1` is what its first group matches."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Replace:
        if (self.text is None) == (self.pattern is None):
            raise ValueError("replace takes either a text or a pattern")
        return self

    @property
    def refuses(self) -> bool:
        """Never: a text without a match stays as it is."""
        return False

    @property
    def pattern_to_check(self) -> tuple[str, str, str, int] | None:
        """The regular expression with its replacement, which may refer to groups."""
        return None if self.pattern is None else ("pattern", self.pattern, self.with_, 0)

    def steps(self) -> tuple[Template, ...]:
        """One step, for the text or for the regular expression."""
        if self.pattern is None:
            return (("replace(value, old, new)", {"old": self.text or "", "new": self.with_}),)
        parts: dict[str, exp.Expr | str] = {"old": self.pattern, "new": self.with_}
        return (("regexp_replace(value, old, new, 'g')", parts),)


class Extract(VerbArguments):
    """Keeps what a regular expression matches."""

    doc = (
        "Keeps what a `pattern` (a regular expression) matches first, or its `group`. A text that "
        "it does not match goes to quarantine (`missing: keep` or `null` for something else)."
    )
    examples = (
        ({"pattern": "[A-Z]{2}[0-9]+"}, "ref. FR123 (old)", "FR123"),
        ({"pattern": "n° *([0-9]+)", "group": 1}, "Bon n° 42", "42"),
        ({"pattern": "[0-9]+"}, "none", SET_ASIDE),
        ({"pattern": "[0-9]+", "missing": "keep"}, "none", "none"),
    )
    pattern: str = Field(min_length=1, max_length=1000)
    """A regular expression (RE2)."""
    group: int = Field(default=0, ge=0, le=9)
    """Which of its groups is kept; 0 is all that it matches."""
    missing: Missing = "quarantine"
    """A text without a match: quarantine the row, keep the text, or make it NULL."""

    @property
    def refuses(self) -> bool:
        """If nothing matches, unless `missing` says otherwise."""
        return self.missing == "quarantine"

    @property
    def pattern_to_check(self) -> tuple[str, str, str, int] | None:
        """The regular expression with the group that is kept."""
        return "pattern", self.pattern, "", self.group

    def steps(self) -> tuple[Template, ...]:
        """One step: the match, or what `missing` says."""
        from sqlglot import exp

        template = _where(
            "regexp_matches(value, pattern)",
            "regexp_extract(value, pattern, taken)",
            self.missing,
        )
        taken = exp.Literal.number(self.group)
        reason = f"does not match {self.pattern}"
        return ((template, {"pattern": self.pattern, "taken": taken, "reason": reason}),)


class Split(VerbArguments):
    """Keeps one part of a text."""

    doc = (
        "Splits the text `by` a text and keeps the part that `take` says: 1 is the first, -1 the "
        "last. A text with fewer parts goes to quarantine (or `missing: keep` or `null`)."
    )
    examples = (
        ({"by": ";", "take": 2}, "Paris;75001;FR", "75001"),
        ({"by": "@", "take": -1}, "amelie@example.org", "example.org"),
        ({"by": " - ", "take": 2}, "Paris", SET_ASIDE),
        ({"by": "-", "take": 2, "missing": "null"}, "Paris", None),
    )
    by: str = Field(min_length=1)
    """The text between the parts."""
    take: int = Field(ge=-1000, le=1000)
    """Which part is kept: 1 is the first, -1 the last."""
    missing: Missing = "quarantine"
    """A text without that part: quarantine the row, keep the text, or make it NULL."""

    @model_validator(mode="after")
    def _count_from_one(self) -> Split:
        if self.take == 0:
            raise ValueError("parts are counted from 1, or from -1 at the end")
        return self

    @property
    def refuses(self) -> bool:
        """If the text has too few parts, unless `missing` says otherwise."""
        return self.missing == "quarantine"

    def steps(self) -> tuple[Template, ...]:
        """One step: the part, counted from 1, or from the end if `part` is negative."""
        from sqlglot import exp

        template = _where(
            "len(string_split(value, delimiter)) >= needed",
            "list_extract(string_split(value, delimiter), place)",
            self.missing,
        )
        parts: dict[str, exp.Expr | str] = {
            "delimiter": self.by,
            "needed": exp.Literal.number(abs(self.take)),
            "place": exp.convert(self.take),
            "reason": f"has no part {self.take} when it is split by {self.by!r}",
        }
        return ((template, parts),)


class Map(VerbArguments):
    """Replaces whole texts by others."""

    doc = (
        "Replaces the whole text by the one given for it. A text that is not listed goes to "
        "quarantine; `{map: {values: {…}, missing: keep}}` keeps it, `null` makes it NULL."
    )
    examples = (
        ({"M": "male", "F": "female"}, "F", "female"),
        ({"M": "male", "F": "female"}, "X", SET_ASIDE),
        ({"values": {"€": "EUR"}, "missing": "keep"}, "USD", "USD"),
    )
    values: dict[str, str | None] = Field(min_length=1, max_length=1000)
    """Each text with what it becomes; null is NULL."""
    missing: Missing = "quarantine"
    """A text that is not listed: quarantine the row, keep the text, or make it NULL."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`{M: male}` for `{values: {M: male}}`."""
        if isinstance(value, Mapping) and not isinstance(value.get("values"), Mapping):
            return {"values": dict(value)}
        return value

    @property
    def refuses(self) -> bool:
        """If a text is not listed, unless `missing` says otherwise."""
        return self.missing == "quarantine"

    def steps(self) -> tuple[Template, ...]:
        """One CASE with a branch for each listed text."""
        from sqlglot import exp

        from medallion.cleaning.verbs.templates import fill

        listed = ", ".join(list(self.values)[:5]) + (", …" if len(self.values) > 5 else "")
        value = exp.column("value")
        case = exp.Case(this=value.copy())
        for text, becomes in self.values.items():
            case = case.when(exp.Literal.string(text), exp.convert(becomes))
        otherwise = fill(_where("FALSE", "NULL", self.missing), reason=f"is not among {listed}")
        return (("mapped", {"mapped": case.else_(otherwise)}),)


class Number(VerbArguments):
    """Reads a number that is written in one known way."""

    doc = (
        "Reads a number whose `decimal` mark and `thousands` marks are known, a sign before or "
        "after it. With `brackets: true`, (12) is -12. `suffixes` may be behind it, each with the "
        "power of ten that it multiplies by. A text that is not written so goes to quarantine: "
        "nothing is guessed."
    )
    examples = (
        ({"decimal": ",", "thousands": "."}, "1.234.567,89", "1234567.89"),
        ({"decimal": ",", "thousands": " "}, "1\u202f234,5", "1234.5"),
        ({"decimal": ","}, "-12,5", "-12.5"),
        ({"decimal": ","}, "12,50-", "-12.50"),
        ({"decimal": ","}, "1.5", SET_ASIDE),
        ({"thousands": ","}, "1,23,456", SET_ASIDE),
        ({"thousands": ","}, "−1,234", "-1234"),
        ({"thousands": " ", "brackets": True}, "(1 234.5)", "-1234.5"),
        ({"brackets": True}, "12", "12"),
        ({"brackets": True}, "(-12)", SET_ASIDE),
        ({"suffixes": {"k": 1000, "M": 1000000}}, "1.5k", "1500"),
        ({"suffixes": {"k": 1000, "M": 1000000}}, "-0.0125 M", "-12500"),
        ({"suffixes": {"k": 1000, "M": 1000000}}, "12.5", "12.5"),
        ({"suffixes": {"k": 1000, "M": 1000000}}, "7m", SET_ASIDE),
        ({"decimal": ",", "suffixes": {"M€": 1000000, "€": 1}}, "2,5 M€", "2500000"),
    )
    decimal: OneCharacter = "."
    """The mark before the decimals: pandas' and DuckDB's word."""
    thousands: OneCharacter | None = None
    """The mark between thousands; a space means every blank, also those that do not break."""
    brackets: bool = False
    """Whether a number in brackets is negative, as accountants write it."""
    suffixes: dict[Suffix, PowerOfTen] = Field(default_factory=dict, max_length=50)
    """What may be behind the number, and what it multiplies by: {k: 1000, M: 1000000}."""

    @model_validator(mode="after")
    def _two_marks(self) -> Number:
        for name, mark in (("decimal", self.decimal), ("thousands", self.thousands)):
            if mark is not None and (mark.isdigit() or mark in "+-−()"):
                raise ValueError(f"{mark} cannot be the {name} mark")
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same mark")
        if self.decimal.isspace():
            raise ValueError("a blank cannot be the decimal mark")
        marks = {self.decimal, self.thousands}
        for suffix in self.suffixes:
            if set(suffix) & {*marks, *"0123456789+-−()"} or suffix != suffix.strip():
                raise ValueError(
                    f"{suffix!r} cannot be behind a number: it has a digit, a sign, a bracket, a "
                    "mark of the number, or a blank at an end"
                )
        return self

    def steps(self) -> tuple[Template, ...]:
        """Remove the thousands marks, write the decimal mark as a point, and move a sign at the end
        to the front. Before that, brackets become a sign; after it, a suffix moves the point."""
        whole, example = "[0-9]+", f"1234{self.decimal}5"
        gap = "[]"
        if self.thousands is not None:
            gap = _mark(self.thousands)
            whole = f"(?:[0-9]{{1,3}}(?:{gap}[0-9]{{3}})+|[0-9]+)"
            example = f"1{self.thousands}234{self.decimal}5"
        point = _mark(self.decimal)
        number = f"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"
        written = f"[-−+]?{number}|{number}[-−]"
        strip = "regexp_replace(value, gap, '', 'g')" if self.thousands is not None else "value"
        reads: dict[str, exp.Expr | str] = {"gap": gap, "marks": f"{self.decimal}−"}
        clean = f"translate({strip}, marks, '.-')"
        reason = f"is not a number written like {example}"
        last: Template = (
            "CASE WHEN ends_with(value, '-') THEN '-' || rtrim(value, '-') ELSE value END",
            {},
        )
        if not self.brackets and not self.suffixes:
            said = {"written": written, "reason": reason, **reads}
            return ((_where("regexp_full_match(value, written)", clean), said), last)
        behind = rf"(?:{_GAP}(?:{'|'.join(map(_exactly, self.suffixes))}))?"
        behind = behind if self.suffixes else ""
        written = f"[-−+]?{number}{behind}|{number}[-−]"
        written += rf"|\({number}{behind}\)" if self.brackets else ""
        return (
            (
                _where("regexp_full_match(value, written)", "value"),
                {"written": written, "reason": reason},
            ),
            ("CASE WHEN starts_with(value, '(') THEN '-' || translate(value, '()', '') "
             "ELSE value END", {}),
            *self._name_powers(point),
            (clean, reads),
            last,
            *self._move_points(),
        )  # fmt: skip

    def _powers(self) -> dict[int, list[str]]:
        """The suffixes of each power of ten."""
        powers: dict[int, list[str]] = {}
        for suffix, factor in self.suffixes.items():
            powers.setdefault(len(str(factor)) - 1, []).append(suffix)
        return powers

    def _name_powers(self, point: str) -> Iterator[Template]:
        """A suffix becomes its power, between signs that no number has: `1,5 k` is `1,5<3>`."""
        for power, suffixes in self._powers().items():
            these = "|".join(map(_exactly, suffixes))
            pattern = rf"^(.*[0-9]{point}?){_GAP}(?:{these})$"
            yield "regexp_replace(value, old, new)", {"old": pattern, "new": rf"\1<{power}>"}

    def _move_points(self) -> Iterator[Template]:
        """The point moves in the text, so that nothing is rounded: `1.5<3>` is `1500`."""
        for power in self._powers():
            pattern = rf"^([-+]?)([0-9]*)(?:\.([0-9]*))?<{power}>$"
            zeros = "0" * power
            yield "regexp_replace(value, old, new)", {"old": pattern, "new": rf"\1\2;\3{zeros}"}
            moved = rf";([0-9]{{{power}}})"
            yield "regexp_replace(value, old, new)", {"old": moved, "new": r"\1."}
        if self.suffixes:
            yield r"regexp_replace(value, '\.0*$', '')", {}
            yield r"regexp_replace(value, '^([-+]?)0+([0-9])', '\1\2')", {}


class Percent(VerbArguments):
    """Reads a percentage as the share that it is."""

    doc = (
        "Reads a percentage as a share: 12.5 % is 0.125, to its last digit. A text without a "
        'percent sign goes to quarantine. `{percent: {decimal: ","}}` for 12,5 %.'
    )
    bare = True
    examples = (
        ({}, "12.5%", "0.125"),
        ({}, "100 %", "1.00"),
        ({}, "-0.5\u00a0%", "-0.005"),
        ({"decimal": ","}, "7,25 %", "0.0725"),
        ({}, "12.5", SET_ASIDE),
        ({}, "12,5 %", SET_ASIDE),
    )
    decimal: OneCharacter = "."
    """The mark before the decimals."""

    def steps(self) -> tuple[Template, ...]:
        """Move the point two places to the left in the text, so that nothing is rounded."""
        point = _mark(self.decimal)
        written = rf"[-−+]?(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)[\s\p{{Z}}]*%"
        bare = "translate(regexp_replace(value, '[\\s\\p{Z}%]+', ''), marks, '.-')"
        return (
            (
                _where("regexp_full_match(value, written)", bare),
                {
                    "written": written,
                    "marks": f"{self.decimal}−",
                    "reason": f"is not a percentage like 12{self.decimal}5 %",
                },
            ),
            (
                r"regexp_replace(value, '^([-+]?)([0-9]*)(?:\.([0-9]*))?$', '\100\2.\3')",
                {},
            ),
            (r"regexp_replace(value, '([0-9]{2})\.', '.\1')", {}),
            (r"regexp_replace(value, '^([-+]?)0+([0-9])', '\1\2')", {}),
        )


_YES = (
    *("true", "t", "yes", "y", "1", "on"),
    *("oui", "o", "vrai", "ja", "j", "wahr", "sí", "si", "s", "sì", "verdadero", "vero"),
    *("sim", "verdadeiro", "waar", "tak", "prawda"),
)
_NO = (
    *("false", "f", "no", "n", "0", "off"),
    *("non", "faux", "nein", "falsch", "falso", "não", "nao", "nee", "onwaar", "nie", "fałsz"),
)


class Boolean(VerbArguments):
    """Reads a yes or no in several languages, or in words of one's own."""

    doc = (
        "Reads yes and no, true and false in English, French, German, Spanish, Italian, "
        "Portuguese, Dutch and Polish, in any case; or exactly the words that `true_values` and "
        "`false_values` list. Other words go to quarantine."
    )
    bare = True
    examples = (
        ({}, "Oui", "true"),
        ({}, "FAUX", "false"),
        ({}, "maybe", SET_ASIDE),
        ({"true_values": ["actif"], "false_values": ["inactif"]}, "Actif", "true"),
        ({"true_values": ["actif"], "false_values": ["inactif"]}, "oui", SET_ASIDE),
    )
    true_values: Texts = ()
    """Words for true, in place of those that are known: pandas' word."""
    false_values: Texts = ()
    """Words for false."""

    @model_validator(mode="after")
    def _both(self) -> Boolean:
        if bool(self.true_values) != bool(self.false_values):
            raise ValueError("boolean takes both true_values and false_values, or neither")
        if both := {w.lower() for w in self.true_values} & {w.lower() for w in self.false_values}:
            raise ValueError(f"{min(both)} is among both")
        return self

    def steps(self) -> tuple[Template, ...]:
        """One CASE that yields `true`, `false` or a refusal."""
        from sqlglot import exp

        yes, no = self.true_values or _YES, self.false_values or _NO
        lower = exp.Lower(this=exp.column("value"))
        listed = ", ".join((*yes[:2], *no[:2]))
        reason = f"is not among {listed}" if self.true_values else "is not a word for yes or no"
        template = (
            f"CASE WHEN yes THEN 'true' WHEN no THEN 'false' WHEN value IS NOT NULL "
            f"THEN {_REFUSED} END"
        )
        return (
            (
                template,
                {
                    "yes": lower.isin(*(word.lower() for word in yes)),
                    "no": lower.copy().isin(*(word.lower() for word in no)),
                    "reason": reason,
                },
            ),
        )


class Pad(VerbArguments):
    """Fills a code up to its length, from the left."""

    doc = "Fills a text up to `length` characters, from the left; a longer one stays as it is."
    examples = (
        ({"length": 5, "with": "0"}, "1000", "01000"),
        ({"length": 3, "with": "0"}, "1000", "1000"),
        ({"length": 3}, "", ""),
    )
    length: int = Field(ge=1, le=100)
    """How many characters it shall have."""
    with_: OneCharacter = Field(default="0", alias="with")
    """The character to fill with."""

    @property
    def refuses(self) -> bool:
        """Never: a longer text stays as it is."""
        return False

    def steps(self) -> tuple[Template, ...]:
        """One step. An empty text stays empty: it means that there is no code."""
        from sqlglot import exp

        template = (
            "CASE WHEN length(value) < wanted AND value <> '' THEN lpad(value, wanted, filler) "
            "ELSE value END"
        )
        return ((template, {"wanted": exp.Literal.number(self.length), "filler": self.with_}),)


def _exactly(text: str) -> str:
    """A text inside a regular expression; a blank in it means every kind of blank."""
    return "".join(r"[\s\p{Z}]" if one == " " else rf"\x{{{ord(one):X}}}" for one in text)


def _mark(character: str) -> str:
    """A character inside a regular expression: a space for all blanks, an apostrophe for both."""
    if character == " ":
        return r"[\s\p{Z}]"
    if character in "'’":
        return "['’]"
    return rf"\x{{{ord(character):X}}}"


WITH_ARGUMENTS: dict[str, type[VerbArguments]] = {
    "replace": Replace,
    "extract": Extract,
    "split": Split,
    "map": Map,
    "number": Number,
    "percent": Percent,
    "boolean": Boolean,
    "pad": Pad,
}
"""Every verb that takes arguments: adding one is adding it here."""
