"""What specs declare, by an environment's names: for the pages of its Airflow."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from medallion.names import DagId, Layer, PublishedTable, TableName

if TYPE_CHECKING:
    from medallion.catalogue.declared_table import DeclaredTable
    from medallion.plan.environment import Environment

_T = TypeVar("_T")
_PREFIXES = tuple(f"{layer}_" for layer in (Layer.SILVER, Layer.GOLD))


def place_id(dag_id: DagId, environment: Environment) -> DagId:
    """A DAG's id in an environment."""
    return DagId(environment.domain(dag_id.domain), dag_id.pipeline)


def place_table(table: DeclaredTable, environment: Environment) -> DeclaredTable:
    """A declared table, with the names of all tables that it speaks of. Outside of its domains
    nobody may read it, nobody is asked, and no dashboard shows it."""
    domain, _, pipeline = table.dag_id.partition(".")
    placed: DeclaredTable = _place(table, environment)
    return replace(
        placed,
        dag_id=str(place_id(DagId(domain, pipeline), environment)),
        grants=(),
        exposures=(),
        approval=None,
        warn_after=None,
        error_after=None,
    )


def _place(value: _T, environment: Environment) -> Any:
    """A value of frozen classes with each table's name in it replaced."""
    if isinstance(value, PublishedTable):
        return environment.place(value)
    if isinstance(value, TableName):
        return environment.table(value) if value.schema.startswith(_PREFIXES) else value
    if isinstance(value, tuple | frozenset):
        return type(value)(_place(one, environment) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: _place(getattr(value, one.name), environment) for one in fields(value)}
        return replace(value, **changed)
    return value
