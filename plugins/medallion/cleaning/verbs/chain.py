"""A column's `clean:` list as steps; each step turns an expression of a text into another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from medallion.cleaning.verbs import plain as verbs
from medallion.cleaning.verbs.refusal import is_refused
from medallion.cleaning.verbs.templates import fill, with_value
from medallion.cleaning.verbs.with_arguments import WITH_ARGUMENTS, VerbArguments

if TYPE_CHECKING:
    from sqlglot import exp

    from medallion.cleaning.declared.columns import VerbSpec

Step = Callable[["exp.Expr"], "exp.Expr"]


def verb_names() -> frozenset[str]:
    """The names of all verbs, with and without arguments."""
    return frozenset((*verbs.BY_NAME, *WITH_ARGUMENTS))


def steps_of(clean: Sequence[VerbSpec], null_values: Sequence[str] = ()) -> tuple[Step, ...]:
    """The steps of several verbs, in the order in which they are applied.

    A text that a verb has refused passes the later ones unchanged. A text that means NULL becomes
    NULL before a verb can refuse it.

    Raises:
        KeyError: there is no such verb; a spec's rules have refused it before.
    """
    steps: list[Step] = []
    may_be_refused = False
    for verb in clean:
        with_arguments = arguments_of(verb)
        own = _with_arguments(with_arguments) if with_arguments else _plain(verb.name)
        refuses = with_arguments is not None and with_arguments.refuses
        for step in own:
            guarded = partial(_guard, step) if may_be_refused else step
            steps.append(partial(_unless_null, guarded, tuple(null_values)) if refuses else guarded)
            may_be_refused = may_be_refused or refuses
    return tuple(steps)


def can_refuse(clean: Sequence[VerbSpec]) -> bool:
    """Whether one of the verbs may refuse a text."""
    return any(found is not None and found.refuses for found in map(arguments_of, clean))


def arguments_of(verb: VerbSpec) -> VerbArguments | None:
    """The verb's model with its arguments; None for a verb that has none.

    Raises:
        pydantic.ValidationError: they are not what the verb takes.
    """
    model = WITH_ARGUMENTS.get(verb.name)
    return None if model is None else model.model_validate(verb.arguments)


def _plain(name: str) -> tuple[Step, ...]:
    return tuple(partial(_apply, step) for step in verbs.BY_NAME[name].steps)


def _apply(step: str, value: exp.Expr) -> exp.Expr:
    return fill(step, value=value)


def _with_arguments(verb: VerbArguments) -> tuple[Step, ...]:
    return tuple(partial(_fill, template, parts) for template, parts in verb.steps())


def _fill(template: str, parts: dict[str, exp.Expr | str], value: exp.Expr) -> exp.Expr:
    return with_value(fill(template, **parts), value)


def _guard(step: Step, value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Case().when(is_refused(value), value.copy()).else_(step(value))


def _unless_null(step: Step, null_values: tuple[str, ...], value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if not null_values:
        return step(value)
    return exp.Case().when(value.copy().isin(*null_values), exp.null()).else_(step(value))
