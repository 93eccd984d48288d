"""The publication that a reader means, or why there is none to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import sql

from medallion.closest import closest
from medallion.errors import CannotRead, NotAllowed, SetupError, UnknownTable, VersionGone
from medallion.names import Layer, PublishedTable, TableName
from medallion.publish.dispositions import disposition_of
from medallion.warehouse.reading.lineage import CheckResult, Lineage, spec_path_of
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.session import quote

if TYPE_CHECKING:
    from medallion.warehouse.reading.session import ReadSession

_NO_SCHEMA, _NO_TABLE, _NO_RIGHT = "3F000", "42P01", "42501"


def table_of(name: str) -> PublishedTable:
    """The table of a name like `gold_cinema.brand_performance`.

    Raises:
        UnknownTable: it is not a name of that form.
    """
    try:
        return PublishedTable.of(TableName.parse(name))
    except ValueError:
        raise UnknownTable(
            f"{name!r} is not the name of a published table",
            remedy="write schema and table: gold_cinema.brand_performance",
        ) from None


def lock(session: ReadSession, table: PublishedTable) -> None:
    """Keep the table's versions from being dropped until the transaction ends. Publications
    continue, and no reader waits.

    It comes before the transaction's first query, so before its snapshot: what the ledger then
    calls stored is there.

    Raises:
        UnknownTable, NotAllowed: there is no such table, or no right to read it.
    """
    name = quote(table.public.schema, table.public.table)
    with _explain_refusals(session, table):
        session.run(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(name))


def find(session: ReadSession, table: PublishedTable, pin: Pin) -> Lineage:
    """The publication that a pin means, with its checks. The caller has locked the table.

    Raises:
        VersionGone: there is none, or its rows are not there as they were published.
    """
    statement, value = pin.question()
    key = _key(table)
    asked = (*key, value) if value else key
    found = next(iter(session.rows(statement, *asked)), None)
    if found is None:
        raise _never(session, table, pin)
    if pin != Pin() and not disposition_of(found["write_disposition"]).stores_rows:
        raise _explain_view(table)
    if not found["is_stored"]:
        raise _explain_dropped(session, table, found)
    if found["changed_by"] is not None:
        raise _explain_changed(session, table, found)
    return _lineage(session, found)


def versions(session: ReadSession, table: PublishedTable) -> tuple[Lineage, ...]:
    """What can be read of a table, the latest version first; without the results of checks."""
    return tuple(_without_checks(row) for row in session.rows("versions", *_key(table)))


def names(session: ReadSession) -> tuple[str, ...]:
    """Of every published table, whether or not the reader may read it."""
    return tuple(_name(row) for row in session.rows("tables"))


def is_loader(session: ReadSession) -> bool:
    """Whether the session's role owns the warehouse.

    Raises:
        SetupError: there is no registry in this database.
    """
    found = session.rows("is_loader")
    if not found:
        raise SetupError(
            "this database has no registry of Medallion's",
            remedy="name the warehouse: connect('postgresql://…/warehouse'), or PGDATABASE",
        )
    return bool(found[0]["is_loader"])


def _lineage(session: ReadSession, row: Mapping[str, Any]) -> Lineage:
    checks = session.rows("checks", str(row["publication_id"]))
    return _without_checks(row, tuple(_check(check) for check in checks))


def _check(row: Mapping[str, Any]) -> CheckResult:
    values = dict(row)
    return CheckResult(check=values.pop("check_name"), **values)


def _without_checks(row: Mapping[str, Any], checks: tuple[CheckResult, ...] = ()) -> Lineage:
    values = {key: value for key, value in row.items() if key not in _NOT_OF_LINEAGE}
    return Lineage(table=_name(row), spec_path=spec_path_of(row["dag_id"]), checks=checks, **values)


_NOT_OF_LINEAGE = frozenset(
    ("layer", "domain", "table_name", "is_current", "is_stored", "changed_by")
)


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['layer']}_{row['domain']}.{row['table_name']}"


def _key(table: PublishedTable) -> tuple[str, str, str]:
    return str(table.layer), table.domain, table.name


@contextmanager
def _explain_refusals(session: ReadSession, table: PublishedTable) -> Iterator[None]:
    """Say in a reader's words why a table cannot be read."""
    try:
        yield
    except Exception as error:
        state = getattr(error, "sqlstate", None)
        if state not in (_NO_SCHEMA, _NO_TABLE, _NO_RIGHT):
            raise
        session.start_over()
        raise _unreadable(table, session.rows("tables")) from None


def _unreadable(
    table: PublishedTable, known: Sequence[Mapping[str, Any]]
) -> UnknownTable | NotAllowed:
    by_name = {_name(row): row for row in known}
    name = str(table.public)
    row = by_name.get(name)
    if row is None:
        near = closest(name, by_name)
        layers = "/".join(str(layer) for layer in (Layer.SILVER, Layer.GOLD))
        hint = f"did you mean {near}?" if near else f"names are <{layers}>_<domain>.<table>"
        return UnknownTable(f"no table {name} has been published", remedy=hint)
    owner = row["owner"] or f"the owner of the domain {table.domain}"
    return NotAllowed(
        f"your role may not read {name}",
        remedy=f"ask {owner} to name a role of yours in `grants` of the table's spec "
        f"({spec_path_of(row['dag_id'] or table.domain)})",
    )


def _explain_view(table: PublishedTable) -> CannotRead:
    return CannotRead(
        f"{table.public} is a view: its rows are those of its inputs now, and no former ones are "
        "kept",
        remedy="pin the tables that it reads, or ask its owner for `materialization: table`",
    )


def _never(session: ReadSession, table: PublishedTable, pin: Pin) -> VersionGone:
    if pin.as_of is not None:
        what = f"had not been published, or its history is gone, at {pin.as_of.isoformat()}"
    elif pin.run is not None:
        what = f"was never published by the run {pin.run}"
    elif pin.version is not None:
        what = f"never had a version {pin.version}, or its history is gone"
    else:
        what = "has no publication any more"
    return VersionGone(f"{table.public} {what}", remedy=_list_kept(session, table))


def _explain_dropped(
    session: ReadSession, table: PublishedTable, found: Mapping[str, Any]
) -> VersionGone:
    return VersionGone(
        f"version {found['version']} of {table.public}, published at "
        f"{_minute(found['published_at'])}, is no longer kept, or has a former shape",
        remedy=f"{_list_kept(session, table)}. Snapshots stay: read_snapshot('{table.public}')",
    )


def _explain_changed(
    session: ReadSession, table: PublishedTable, found: Mapping[str, Any]
) -> VersionGone:
    by = session.rows("of_id", *_key(table), str(found["changed_by"]))
    when = f" at {_minute(by[0]['published_at'])}" if by else ""
    how = by[0]["write_disposition"] if by else found["write_disposition"]
    history = (
        ". Its rows say since when they hold: _valid_from <= moment < _valid_to"
        if disposition_of(how).keeps_history
        else ""
    )
    return VersionGone(
        f"what {table.public} was at {_minute(found['published_at'])} was changed in place{when}: "
        f"`{how}` keeps one version",
        remedy=f"take a snapshot of what has to stay (`cli snapshot {table.public}`){history}",
    )


def _list_kept(session: ReadSession, table: PublishedTable) -> str:
    kept = [str(row["version"]) for row in session.rows("versions", *_key(table))]
    return f"versions that can be read: {', '.join(kept) or 'none'}"


def _minute(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
