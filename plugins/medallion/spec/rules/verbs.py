"""Rules on cleaning verbs: that they exist, their arguments, and their regular expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from medallion.checks.pattern_reader import RE2, PatternRefused, write_for
from medallion.cleaning.declared.columns import VerbSpec
from medallion.cleaning.verbs.chain import arguments_of, verb_names
from medallion.cleaning.verbs.with_arguments import WITH_ARGUMENTS, VerbArguments
from medallion.spec.cache.engine import ask_once
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import reading
from medallion.spec.messages.prose import findings
from medallion.spec.rules.columns import columns_of
from medallion.spec.rules.context import RuleContext

_WORDS = {
    "strip": "trim",
    "btrim": "trim",
    "strip_whitespace": "trim",
    "lowercase": "lower",
    "casefold": "lower",
    "uppercase": "upper",
    "initcap": "capitalize",
    "title": "capitalize",
    "sentence_case": "capitalize",
    "collapse_whitespace": "squeeze",
    "normalize_whitespace": "squeeze",
    "unaccent": "strip_accents",
    "remove_accents": "strip_accents",
    "normalize": "nfc",
    "regexp_replace": "replace",
    "regex_replace": "replace",
    "gsub": "replace",
    "sub": "replace",
    "regexp_extract": "extract",
    "split_part": "split",
    "accepted_values": "map",
    "recode": "map",
    "value_map": "map",
    "bool": "boolean",
    "yes_no": "boolean",
    "currency": "money",
    "amount": "money",
    "decimal_comma": "number",
    "to_number": "number",
    "percentage": "percent",
    "zfill": "pad",
    "lpad": "pad",
}
"""Other tools' words, and ours."""


def cleaning_verb(context: RuleContext) -> Iterator[Finding]:
    """A column is cleaned by verbs that exist, with the arguments that they take."""
    for where, column in columns_of(context):
        for at, verb in enumerate(column.clean):
            place = (*where, "clean", at)
            yield from _verb_problems(place, verb)


def pattern(context: RuleContext) -> Iterator[Finding]:
    """A regular expression is one of RE2: without look-around, so that no text makes it slow."""
    for where, column in columns_of(context):
        for at, verb in enumerate(column.clean):
            readable = _readable(verb)
            checked = readable.pattern_to_check if readable else None
            if checked is None:
                continue
            key, text, replacement, group = checked
            place = (*where, "clean", at, verb.name, key)
            yield from pattern_findings(context, place, text, replacement, group)


def pattern_findings(
    context: RuleContext, place: KeyPath, text: str, replacement: str = "", group: int = 0
) -> Iterator[Finding]:
    """What is wrong with a regular expression at a place of the spec."""
    reading(*place)
    if found := misread(text):
        yield Finding(where=place, problem=f"{text!r}: {found.problem}", remedy=found.remedy)
    elif problem := _pattern_problem(context, text, replacement, group):
        yield Finding(
            where=place,
            problem=f"{text!r} is not a regular expression that can be used: {problem}",
            remedy="the syntax is RE2's: https://github.com/google/re2/wiki/Syntax",
        )


def misread(text: str) -> PatternRefused | None:
    """A pattern that RE2 accepts with a meaning that nobody intends: `{,3}` as four literal
    characters. None if there is none.

    >>> misread("a{,3}")
    PatternRefused('a { that begins no count like {2}, {2,} or {0,3}')
    """
    try:
        write_for(RE2, text)
    except PatternRefused as refused:
        return refused if refused.silent else None
    return None


def _pattern_problem(context: RuleContext, text: str, replacement: str, group: int) -> str:
    def ask() -> dict[str, str]:
        from medallion.cleaning.duckdb.probe import pattern_problem

        return {"problem": pattern_problem(text, replacement, group)}

    return ask_once(context.root, ["pattern", text, replacement, group], ask).get("problem", "")


def _verb_problems(place: KeyPath, verb: VerbSpec) -> Iterator[Finding]:
    if verb.name not in verb_names():
        ours = _WORDS.get(verb.name.lower())
        yield Finding(
            where=place,
            problem=f"{verb.name} is not a cleaning verb",
            remedy=f"write {_display(ours)}" if ours else did_you_mean(verb.name, verb_names()),
        )
        return
    model = WITH_ARGUMENTS.get(verb.name)
    if model is None:
        if verb.arguments:
            remedy = f"write `- {verb.name}`"
            yield Finding(where=place, problem=f"{verb.name} takes no arguments", remedy=remedy)
        return
    if not verb.arguments and not model.bare:
        remedy = f"write `{_display(verb.name)}`"
        yield Finding(where=place, problem=f"{verb.name} needs arguments", remedy=remedy)
        return
    try:
        model.model_validate(verb.arguments)
    except ValidationError as invalid:
        for found in findings(invalid.errors(include_url=False), model):
            problem = found.problem.replace("the top level", verb.name)
            yield replace(found, where=(*place, verb.name, *found.where), problem=problem, rule="")


def _readable(verb: VerbSpec) -> VerbArguments | None:
    """The verb with its arguments; None where it has none, or broken ones."""
    try:
        return arguments_of(verb)
    except ValidationError:
        return None


def _display(verb: str) -> str:
    """A verb as it can be written."""
    model = WITH_ARGUMENTS.get(verb)
    if model is None or model.bare:
        return verb
    arguments = model.examples[0][0]
    return f"{{{verb}: {{{', '.join(f'{k}: {_quote(v)}' for k, v in arguments.items())}}}}}"


def _quote(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
