"""pydantic's errors → prose: what is wrong at which key, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from medallion.spec.model_walk import keys_of, model_at, models_below
from medallion.spec.positions import KeyPath
from medallion.spec.words import ADVICE, OTHER_VALUES, OTHER_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem before its place in a file is known.

    `on_key` points at the key rather than at its value. `file` is another file than the spec (a
    SQL file, relative to the root), in which `line` and `column` are known already.
    """

    where: KeyPath = ()
    problem: str
    rule: str = ""
    """Left out by the rules: their names are theirs."""
    remedy: str = ""
    on_key: bool = False
    file: str = ""
    line: int = 0
    column: int = 0


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` where a known word is close, the known words where there are few.

    >>> did_you_mean("schedul", ["schedule", "owner"])
    'did you mean schedule?'
    """
    words = sorted(set(known))
    close = get_close_matches(word.lower(), words, n=1, cutoff=0.65)
    if close:
        return f"did you mean {close[0]}?"
    if not words:
        return ""
    listed = ", ".join(words[:15]) + (", …" if len(words) > 15 else "")
    return f"known here: {listed}"


def findings(errors: Sequence[Any], model: type[BaseModel]) -> Iterator[Finding]:
    """What pydantic's `errors()` for `model` mean to the author of a spec."""
    for loc, group in _grouped(errors):
        error = group[0]
        kind = error["type"]
        if len(group) > 1:
            yield _of_union(loc, group)
        elif kind == "extra_forbidden":
            yield _unknown_key(loc, model)
        elif kind == "missing":
            yield _missing(loc, model)
        elif loc[-1:] == ("[key]",):
            yield _bad_name(loc[:-1])
        else:
            problem, remedy = _describe(error)
            yield Finding(where=loc, rule=_rule(kind), problem=problem, remedy=remedy)


_UNION_ARMS = frozenset(("date", "datetime", "str", "int", "float", "bool"))


def _grouped(errors: Sequence[Any]) -> Iterator[tuple[KeyPath, list[Any]]]:
    """A union of plain types gives an error for each of them: they are one problem."""
    groups: dict[KeyPath, list[Any]] = {}
    for error in errors:
        loc = error["loc"]
        plain = loc[-1:] and loc[-1] in _UNION_ARMS and error["type"].startswith(str(loc[-1])[:3])
        groups.setdefault(loc[:-1] if plain else loc, []).append(error)
    yield from groups.items()


def _of_union(loc: KeyPath, group: Sequence[Any]) -> Finding:
    expected = " or ".join(_EXPECTED.get(error["type"], "") for error in group)
    problem = f"expected {expected}, got {got(group[0]['input'])}"
    remedy = "write 2026-01-31, or 2026-01-31T06:00:00Z" if "date" in expected else ""
    return Finding(where=loc, rule="type", problem=problem, remedy=remedy)


def _unknown_key(loc: KeyPath, root: type[BaseModel]) -> Finding:
    key, parent = str(loc[-1]), model_at(root, loc)
    known = keys_of(parent) if parent else {}
    holder = str(loc[-2]) if len(loc) > 1 else "the top level"
    return Finding(
        where=loc,
        on_key=True,
        rule="unknown-key",
        problem=f"{key} is not a key of {holder}",
        remedy=_instead(key, known, parent),
    )


def _instead(key: str, known: Iterable[str], parent: type[BaseModel] | None) -> str:
    """What to write for an unknown key: our word, its right place, a close one, or the list."""
    known = list(known)
    ours = OTHER_WORDS.get(key.lower(), key.lower())
    if ours in known:
        return f"Medallion's word for it is {ours}"
    for holder, model in models_below(parent) if parent else ():
        if ours in keys_of(model):
            return f"it stands below {holder}, as {ours}" if ours != key else f"put it in {holder}"
    if ours in ADVICE:
        return ADVICE[ours]
    return did_you_mean(key, known)


def _missing(loc: KeyPath, root: type[BaseModel]) -> Finding:
    key, parent = str(loc[-1]), model_at(root, loc)
    fields = parent.model_fields.items() if parent else ()
    field = next((field for name, field in fields if (field.alias or name) == key), None)
    meaning = (field.description or "").strip().split("\n")[0] if field else ""
    return Finding(
        where=loc,
        rule="missing-key",
        problem=f"{key} is missing",
        remedy=f"add `{key}:` ({meaning.rstrip('.')})" if meaning else f"add `{key}:`",
    )


def _bad_name(loc: KeyPath) -> Finding:
    """A dataset, gold table or column whose name the warehouse cannot hold."""
    name = str(loc[-1])
    most = 63 if "columns" in loc else 40
    if name.startswith("_"):
        problem = f"{name} starts with an underscore, which is kept for Medallion's own columns"
    elif len(name) > most:
        problem = f"{name[:20]}… has {len(name)} characters, and {most} are the most"
    else:
        problem = f"{name!r} is not a name: a small letter, then small letters, digits or _"
    proper = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")
    remedy = f"write {proper[:most]}" if proper[:1].isalpha() else "choose another"
    return Finding(where=loc, on_key=True, rule="name", problem=problem, remedy=remedy)


def got(value: object) -> str:
    """A value as an author knows it: its kind, and itself where it is short.

    >>> got(True), got("yes"), got(None), got([1])
    ('true', "the text 'yes'", 'nothing', 'a list')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {value if len(value) <= 40 else value[:40] + '…'!r}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"the date {value}" if isinstance(value, date) else f"the number {value}"


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date",
    "datetime_type": "a time",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
}


def _rule(kind: str) -> str:
    return "type" if kind in _EXPECTED else "value"


def _describe(error: Any) -> tuple[str, str]:
    """(problem, remedy) of an error that stands for itself."""
    kind, value = error["type"], error["input"]
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {got(value)}", _type_remedy(kind, value)
    explain = _EXPLAINED.get(kind)
    if explain is not None:
        return explain(value, error.get("ctx") or {})
    return str(error["msg"]).removeprefix("Value error, "), ""


def _type_remedy(kind: str, value: object) -> str:
    if kind == "string_type" and not isinstance(value, dict | list) and value is not None:
        return f'quote it: "{str(value).lower() if isinstance(value, bool) else value}"'
    if kind == "tuple_type" and isinstance(value, str):
        return f"write [{value}]"
    if kind == "bool_type" and str(value).lower() in ("yes", "on", "y", "1"):
        return "write true"
    if kind == "bool_type" and str(value).lower() in ("no", "off", "n", "0"):
        return "write false"
    if value is None:
        return "give it a value, or remove the key"
    return ""


def _one_of(value: object, ctx: Any) -> tuple[str, str]:
    known = [word.strip(" '") for word in str(ctx["expected"]).replace(" or ", ",").split(",")]
    return f"{got(value)} is not one of {', '.join(known)}", _close(value, known)


def _close(value: object, known: Sequence[str]) -> str:
    ours = OTHER_VALUES.get(str(value).lower())
    if ours in known:
        return f"did you mean {ours}?"
    hint = did_you_mean(str(value), known)
    return hint if hint.startswith("did") else ""


def _tag(value: object, ctx: Any) -> tuple[str, str]:
    known = [word.strip(" '") for word in str(ctx["expected_tags"]).split(",")]
    tag = str(ctx["tag"])
    return f"{tag!r} is not a source type; there are {', '.join(known)}", _close(tag, known)


def _pattern(value: object, ctx: Any) -> tuple[str, str]:
    if "smhd" in ctx["pattern"]:
        return f"{got(value)} is not a length of time", "a number and its unit: 30s, 5m, 26h, 2d"
    return f"{got(value)} is not a name: a small letter, then small letters, digits or _", ""


_EXPLAINED: dict[str, Callable[[object, Any], tuple[str, str]]] = {
    "literal_error": _one_of,
    "enum": _one_of,
    "union_tag_invalid": _tag,
    "union_tag_not_found": lambda value, ctx: ("type is missing", "add `type:`, as file or tmdb"),
    "string_pattern_mismatch": _pattern,
    "greater_than_equal": lambda value, ctx: (f"{value} is less than {ctx['ge']}", ""),
    "less_than_equal": lambda value, ctx: (f"{value} is more than {ctx['le']}", ""),
    "too_short": lambda value, ctx: ("it is empty, and at least one entry is needed", ""),
    "string_too_short": lambda value, ctx: ("it is empty", "give it a value, or remove the key"),
    "string_too_long": lambda value, ctx: (
        f"{got(value)} is too long: {ctx['max_length']} character at most",
        "",
    ),
}
