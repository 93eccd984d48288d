"""What becomes of each table in an environment, in lines for a terminal and for a task's log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medallion.names import PublishedTable
from medallion.operations.environments.choose import NEW, Choice
from medallion.plan.environment import Environment

MOST_NAMED = 5


def describe_choice(environment: Environment, choice: Choice) -> Iterator[str]:
    """What becomes of each table, before anything is built."""
    yield environment.label
    if not choice.shown and set(choice.built.values()) == {NEW}:
        yield (
            "  production has published none of these tables yet, so all of them are built here. "
            "If it is to run first: make up, or make demo"
        )
    if choice.shown:
        yield f"  = {len(choice.shown)} as production has them: {_list(choice.shown)}"
    for table, why in choice.built.items():
        yield f"  + {table.public}: {why}"
    if choice.left_out:
        why = "whose pipelines were not asked for"
        yield f"  ! {len(choice.left_out)} differ too, {why}: {_list(choice.left_out)}"
    if not choice.built:
        yield "  nothing differs from what production has published"


def _list(tables: Sequence[PublishedTable]) -> str:
    """The first names, and how many more there are."""
    names = [str(table.public) for table in tables]
    more = f", and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
