"""pydantic's errors → prose: what is wrong at which key, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.messages.descriptions import describe_field
from medallion.spec.messages.model_walk import keys_of, model_at, models_below, tag_of
from medallion.spec.messages.words import ADVICE, OTHER_WORDS, WORDS_OF_GOLD, WORDS_OF_SYNC
from medallion.spec.messages.wrong_values import EXPECTED, describe, explain_nothing, got
from medallion.spec.models.charts import without_kind


def findings(errors: Sequence[Any], model: type[BaseModel]) -> Iterator[Finding]:
    """pydantic's `errors()` for `model` as findings for the author, one for each problem."""
    for found in _findings(errors, model):
        yield replace(found, where=without_kind(found.where))


def _findings(errors: Sequence[Any], model: type[BaseModel]) -> Iterator[Finding]:
    for loc, group in _group(errors):
        error = group[0]
        kind = error["type"]
        if len(group) > 1:
            yield _of_union(loc, group)
        elif kind == "extra_forbidden":
            yield _unknown_key(loc, model)
        elif kind == "missing":
            if not _is_misspelt(loc, errors):
                yield _missing(loc, model)
        elif loc[-1:] == ("[key]",):
            yield _bad_name(loc[:-1])
        else:
            problem, remedy = describe(error)
            yield Finding(
                where=loc,
                rule="type" if kind in EXPECTED else "value",
                problem=problem,
                remedy=remedy,
            )


_UNION_ARMS = frozenset(("date", "datetime", "str", "int", "float", "bool", "tuple", "literal"))


def _group(errors: Sequence[Any]) -> Iterator[tuple[KeyPath, list[Any]]]:
    """A union of plain types gives an error for each of them: they are one problem."""
    groups: dict[KeyPath, list[Any]] = {}
    for error in errors:
        loc = error["loc"]
        if error["type"] == "too_short" and _has_wrong_entries(loc, errors):
            continue
        arm = str(loc[-1]).split("[")[0] if loc else ""  # literal['first','last']
        plain = arm in _UNION_ARMS and error["type"].startswith(arm[:3])
        plain = plain or arm.startswith("constrained-")
        groups.setdefault(loc[:-1] if plain else loc, []).append(error)
    yield from groups.items()


def _has_wrong_entries(loc: KeyPath, errors: Sequence[Any]) -> bool:
    """A list is not called empty because its entries are wrong: each is reported itself."""
    return any(len(e["loc"]) > len(loc) and e["loc"][: len(loc)] == loc for e in errors)


def _of_union(loc: KeyPath, group: Sequence[Any]) -> Finding:
    near = next((error for error in group if error["type"] not in EXPECTED), None)
    if near is not None:  # of the right type, and wrong in itself: that is what was meant
        problem, remedy = describe(near)
        if near["type"] == "literal_error":
            remedy = remedy or _other_than_words(group)
        return Finding(where=loc, rule="value", problem=problem, remedy=remedy)
    expected = " or ".join(EXPECTED.get(error["type"], "") for error in group)
    problem = f"expected {expected}, got {got(group[0]['input'])}"
    remedy = "write 2026-01-31, or 2026-01-31T06:00:00Z" if "date" in expected else ""
    if group[0]["input"] is None:
        remedy = explain_nothing(can_be_text="text" in expected)
    return Finding(where=loc, rule="type", problem=problem, remedy=remedy)


def _other_than_words(group: Sequence[Any]) -> str:
    """What may be written besides the words of a list."""
    others = " or ".join(EXPECTED[one["type"]] for one in group if one["type"] in EXPECTED)
    return f"or write {others}" if others else ""


def _unknown_key(loc: KeyPath, root: type[BaseModel]) -> Finding:
    key, parent = str(loc[-1]), model_at(root, loc)
    known = keys_of(parent) if parent else {}
    holder = "the top level"
    if len(loc) > 1:
        of_union = len(loc) > 2 and parent is not None and tag_of(parent) == loc[-2]
        steps = [step for step in loc[: -2 if of_union else -1] if not isinstance(step, int)]
        holder = str(steps[-1])
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
    for word in (ours, WORDS_OF_GOLD.get(key.lower()), WORDS_OF_SYNC.get(key.lower())):
        if word in known:
            return f"Medallion's word for it is {word}"
    for holder, model in models_below(parent) if parent else ():
        if ours in keys_of(model):
            return f"it goes below {holder}, as {ours}" if ours != key else f"put it in {holder}"
    if ours in ADVICE:
        return ADVICE[ours]
    return did_you_mean(key, known)


def _is_misspelt(loc: KeyPath, errors: Sequence[Any]) -> bool:
    """Whether a key that is missing is there under a name that is asked about anyway."""
    beside = [e["loc"] for e in errors if e["type"] == "extra_forbidden"]
    return any(
        other[:-1] == loc[:-1] and _instead(str(other[-1]), [str(loc[-1])], None).startswith("did")
        for other in beside
    )


def _missing(loc: KeyPath, root: type[BaseModel]) -> Finding:
    key, parent = str(loc[-1]), model_at(root, loc)
    fields = parent.model_fields.items() if parent else ()
    name = next((name for name, field in fields if (field.alias or name) == key), None)
    meaning = describe_field(parent, name).split(". ")[0] if parent and name else ""
    return Finding(
        where=loc,
        rule="missing-key",
        problem=f"{key} is missing",
        remedy=f"add `{key}:` ({meaning.rstrip('.')})" if meaning else f"add `{key}:`",
    )


def _bad_name(loc: KeyPath) -> Finding:
    """A dataset, gold table or column whose name the warehouse cannot hold."""
    name = str(loc[-1])
    if loc[0] == "rules":
        problem, remedy = f"{name!r} is not the id of a rule", "small letters, digits and dashes"
        return Finding(where=loc, on_key=True, rule="name", problem=problem, remedy=remedy)
    most = 63 if {"columns", "dimensions"} & set(loc) else 40
    if name.startswith("_"):
        problem = f"{name} starts with an underscore, which is kept for Medallion's own columns"
    elif len(name) > most:
        problem = f"{name[:20]}… has {len(name)} characters, and {most} are the most"
    else:
        problem = f"{name!r} is not a name: a small letter, then small letters, digits or _"
    proper = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")
    remedy = f"write {proper[:most]}" if proper[:1].isalpha() else "choose another"
    return Finding(where=loc, on_key=True, rule="name", problem=problem, remedy=remedy)
