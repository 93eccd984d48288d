"""Rules on the tables that a pipeline publishes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medallion.durations import duration
from medallion.names import WORKER_PREFIX
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.freshness import FreshnessSpec
from medallion.spec.rules.context import RuleContext

_VERSION = re.compile(r"__v[0-9]+(__[a-z0-9_]+)?$")
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NOT_ROLES = frozenset(("public", "none", "current_user", "session_user", "current_role"))
_ADMINISTRATORS = frozenset(("postgres", "medallion_loader"))
"""As administrators and the loader are usually called; a publication finds the others."""


def something_to_publish(context: RuleContext) -> Iterator[Finding]:
    """A pipeline has at least one dataset or one gold table."""
    if not (context.spec.datasets or context.spec.gold or context.lost):
        yield Finding(
            problem="the pipeline has neither datasets nor gold tables",
            remedy="add `datasets:` with a source, or `gold:` with a SQL file",
        )


def one_name_one_table(context: RuleContext) -> Iterator[Finding]:
    """A dataset and a gold table of one pipeline have different names: their tasks do too."""
    for name in context.spec.gold:
        if name in context.spec.datasets:
            yield Finding(
                where=("gold", name),
                on_key=True,
                problem=f"there is a dataset {name} too, and one name means one group of tasks",
                remedy="rename one of them",
            )


def no_name_of_a_version(context: RuleContext) -> Iterator[Finding]:
    """A table's name does not end as those of kept versions do: `orders__v2` is one of `orders`."""
    for part, names in (("datasets", context.spec.datasets), ("gold", context.spec.gold)):
        for name in names:
            if _VERSION.search(name):
                yield Finding(
                    where=(part, name),
                    on_key=True,
                    problem=f"{name} is how a kept version of {_VERSION.sub('', name)} is named",
                    remedy=f"rename it: {_VERSION.sub('_v', name)}{name.rpartition('v')[2]}",
                )


def why_not_reader(role: str) -> tuple[str, str] | None:
    """(problem, remedy) of a name that is not one of a reader role.

    >>> why_not_reader("bi_reader")
    """
    remedy = "name a reader role, such as bi_reader"
    if role in _NOT_ROLES or role.startswith(("pg_", WORKER_PREFIX)):
        return f"{role} is not a role that a spec may grant to", remedy
    if role in _ADMINISTRATORS:
        return (
            f"{role} may read every table without a grant",
            "remove it; grants are for reader roles, such as bi_reader",
        )
    if not _ROLE.fullmatch(role):
        return f"{role!r} is not a role: small letters, digits and _", remedy
    return None


def grants_name_roles(context: RuleContext) -> Iterator[Finding]:
    """A grant names one role of PostgreSQL; everyone (`public`) is not one."""
    for where, roles, _ in _tables(context):
        for at, role in enumerate(roles):
            place = (*where, "grants", at)
            if why := why_not_reader(role):
                yield Finding(where=place, problem=why[0], remedy=why[1])
            elif role in roles[:at]:
                yield Finding(where=place, problem=f"{role} is listed here twice")


def freshness_order(context: RuleContext) -> Iterator[Finding]:
    """`freshness` says when to warn, when it is an error, or both; the warning comes first."""
    for where, _, freshness in _tables(context):
        if freshness is None:
            continue
        warn, error = freshness.warn_after, freshness.error_after
        place = (*where, "freshness")
        if not any(freshness.model_dump().values()):
            yield Finding(
                where=place,
                problem="it sets no limit: neither warn_after nor error_after",
                remedy="add `warn_after: 26h`, or remove freshness",
            )
        elif warn and error and duration(warn) >= duration(error):
            yield Finding(
                where=(*place, "warn_after"),
                problem=f"{warn} is not shorter than error_after, {error}",
                remedy="a warning comes before the error",
            )


_Told = tuple[KeyPath, tuple[str, ...], FreshnessSpec | None]


def _tables(context: RuleContext) -> Iterator[_Told]:
    """What each table's spec says for its readers, with its place."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        yield ("datasets", name, "silver"), silver.grants, silver.freshness
    for name, gold in context.spec.gold.items():
        yield ("gold", name), gold.grants, gold.freshness
