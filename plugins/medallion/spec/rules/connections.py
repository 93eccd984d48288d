"""Rules on Airflow connections: their ids, and who may use them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medallion.cleaning.declared.classification import DEFAULT_CONNECTION, needs_key
from medallion.sources.base.source import SourceModel
from medallion.spec.files.access import connection_refusal
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import RuleContext

_CONN_ID = re.compile(r"[\w#!()\-.:/\\]{1,200}")
"""What Airflow takes for a connection's id (airflow.models.connection)."""


_NOT_AN_ID = (
    "{!r} cannot be the id of an Airflow connection",
    "letters, digits and _ - . only, such as tmdb_default",
)


def connection_problem(context: RuleContext, conn_id: str) -> tuple[str, str] | None:
    """What is wrong with a connection's id, or why the domain may not use it; and the remedy."""
    if not _CONN_ID.fullmatch(conn_id):
        return _NOT_AN_ID[0].format(conn_id), _NOT_AN_ID[1]
    return _refusal(context, conn_id)


def connection_id(context: RuleContext) -> Iterator[Finding]:
    """A connection is named as Airflow names it: letters, digits and a few signs."""
    for name, dataset in context.spec.datasets.items():
        for conn_id in dataset.source.conn_ids():
            if not _CONN_ID.fullmatch(conn_id):
                yield Finding(
                    where=("datasets", name, "source", *_find_key(dataset.source, conn_id)),
                    problem=_NOT_AN_ID[0].format(conn_id),
                    remedy=_NOT_AN_ID[1],
                )


def connection_allowed(context: RuleContext) -> Iterator[Finding]:
    """A source uses a connection that its domain may use, by the domain's own list and by that of
    the operators, where there are any; the warehouse's own never."""
    for name, dataset in context.spec.datasets.items():
        for conn_id in dataset.source.conn_ids():
            if refusal := _refusal(context, conn_id):
                yield Finding(
                    where=("datasets", name, "source", *_find_key(dataset.source, conn_id)),
                    problem=refusal[0],
                    remedy=refusal[1],
                )


def _find_key(source: SourceModel, conn_id: str) -> KeyPath:
    """The key that names a connection. Of an Iceberg table there may be two, and of one that
    another tool is asked to load."""
    if getattr(source, "catalog", None) == conn_id:
        return ("catalog",)
    sync = source.asks_for_sync()
    if sync is not None and sync.conn_id == conn_id:
        return ("sync", "airbyte_conn_id")
    fields = type(source).model_fields
    return next((one,) for one in ("conn_id", "location", "path") if one in fields)


def key_connection_allowed(context: RuleContext) -> Iterator[Finding]:
    """The key of hashes comes from the common connection, or from one that the domain may use."""
    conn_id = context.domain.pii_conn_id
    if conn_id == DEFAULT_CONNECTION:
        return
    for name, dataset in context.spec.datasets.items():
        if needs_key(dataset.silver.columns) and (refusal := _refusal(context, conn_id)):
            yield Finding(
                where=("datasets", name, "silver", "columns"),
                on_key=True,
                problem=f"pii_conn_id of domain.yaml: {refusal[0]}",
                remedy=refusal[1],
            )


def _refusal(context: RuleContext, conn_id: str) -> tuple[str, str] | None:
    domain = context.dag_id.domain
    if refusal := connection_refusal(context.access, domain, conn_id):
        return refusal
    own = context.domain
    if "connections" not in own.model_fields_set or conn_id in own.connections:
        return None
    return (
        f"the domain {domain} does not list the connection {conn_id}",
        f"add it to `connections:` in specs/{domain}/domain.yaml",
    )
