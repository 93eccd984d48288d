"""Rules on tables that Airbyte, Fivetran or dlt has loaded: what their columns mean for silver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from medallion.sources.airbyte.source import AirbyteSource
from medallion.sources.base.sync import SyncRequest
from medallion.sources.dlt.source import DltSource
from medallion.sources.loaded_tables.table import LoadedTable
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DatasetSpec, SilverSpec
from medallion.spec.rules.context import RuleContext

_ROW_IDS = {"Airbyte": "_airbyte_raw_id", "Fivetran": "_fivetran_id"}
"""What tells one loaded row from another, by the tool."""


def _loaded(context: RuleContext) -> Iterator[tuple[str, DatasetSpec, LoadedTable]]:
    for name, dataset in context.spec.datasets.items():
        if isinstance(dataset.source, LoadedTable):
            yield name, dataset, dataset.source


def _reads(dataset: DatasetSpec, field: str, columns: Iterable[str] = ()) -> bool:
    """Whether a column, or one of some, reads a field; some databases have names in capitals."""
    wanted = set(columns)
    return any(
        field in (one.lower() for one in declared.reads(column))
        for column, declared in dataset.silver.columns.items()
        if not wanted or column in wanted
    )


def loaded_deletions(context: RuleContext) -> Iterator[Finding]:
    """Where deleted rows are kept, a column reads their mark; where they are left out, the table
    does not keep what an earlier run has published of them."""
    for name, dataset, source in _loaded(context):
        if source.cursor is not None and getattr(source, "deletions", None) == "leave_out":
            yield Finding(
                where=("datasets", name, "source", "deletions"),
                problem="a row that is deleted would stay in the table as it was: with a cursor "
                "nobody sees that it is missing",
                remedy="write `deletions: keep` with a column that reads the mark, or remove "
                "`cursor`",
            )
            continue
        for mark in source.list_deletion_columns():
            if not _reads(dataset, mark):
                kind = "boolean" if mark.endswith("_deleted") else "text, nullable: true"
                yield Finding(
                    where=("datasets", name, "silver", "columns"),
                    problem=f"deleted rows are kept, and no column reads their mark {mark}: they "
                    "would look like all the others",
                    remedy=f"add a column such as `is_deleted: {{from: {mark}, type: {kind}}}`",
                )
        if source.leaves_rows_out() and _keeps_missing(dataset.silver):
            yield Finding(
                where=("datasets", name, "silver"),
                problem="rows that are deleted are left out, and merge keeps what an earlier run "
                "has published of them",
                remedy="say what a missing key means: `missing_keys: soft_delete`, hard_delete or "
                "keep",
            )


def _keeps_missing(silver: SilverSpec) -> bool:
    """Whether a key that is missing stays, and the author has not said so."""
    takes_it = not silver.write_disposition.why_no_missing_keys
    return takes_it and "missing_keys" not in silver.model_fields_set


def loaded_history(context: RuleContext) -> Iterator[Finding]:
    """All states of a row need a key that tells one from another, and no cursor finds the state
    that has ended."""
    for name, dataset, source in _loaded(context):
        if getattr(source, "history", None) is None:
            continue
        if source.cursor is not None:
            yield Finding(
                where=("datasets", name, "source", "cursor"),
                problem=f"{source.tool} ends a state without a new {source.loaded_at}: a cursor "
                "would never see it",
                remedy="remove `cursor`",
            )
        if getattr(source, "deletions", None) is not None:
            yield Finding(
                where=("datasets", name, "source", "deletions"),
                problem="in a history a deletion is the end of a state",
                remedy="remove `deletions`",
            )
        if source.keeps_all_states:
            yield from _check_states(dataset, source, ("datasets", name, "silver"))


def _check_states(dataset: DatasetSpec, source: LoadedTable, where: KeyPath) -> Iterator[Finding]:
    """Of a table that gets each state of a row."""
    key = dataset.silver.primary_key
    if dataset.silver.write_disposition.keeps_history:
        yield Finding(
            where=(*where, "write_disposition"),
            problem="scd2 finds states by comparing runs, and `history: all` brings the states "
            "themselves",
            remedy="use `write_disposition: replace`, or `history: current`",
        )
    elif key and not _reads(dataset, source.history_begins, key):
        yield Finding(
            where=(*where, "primary_key"),
            problem="a key is there once for each of its states, and of these one would stay",
            remedy=f"add a column that is read `from: {source.history_begins}`",
        )


def loaded_append(context: RuleContext) -> Iterator[Finding]:
    """Rows are appended only where each is read once."""
    for name, dataset, source in _loaded(context):
        if not dataset.silver.write_disposition.appends:
            continue
        where: KeyPath = ("datasets", name, "silver", "write_disposition")
        row_id = _ROW_IDS.get(source.tool)
        if row_id:
            yield Finding(
                where=where,
                problem=f"append would add rows twice, or miss some: rows of {source.tool} become "
                f"visible after others with a later {source.loaded_at}",
                remedy=f"use `write_disposition: merge`; a table without a key has `{row_id}`",
            )
        elif source.cursor is None:
            yield Finding(
                where=where,
                problem="each run would append the whole table again",
                remedy="add `cursor: {}` to the source: then a run reads the loads that are new",
            )


def airbyte_table(context: RuleContext) -> Iterator[Finding]:
    """A raw table is a log of records, of which the newest of each key counts; a generation is read
    as a whole."""
    for name, dataset, source in _loaded(context):
        if not isinstance(source, AirbyteSource):
            continue
        where: KeyPath = ("datasets", name)
        if source.cursor is not None and source.generation == "latest":
            yield Finding(
                where=(*where, "source", "generation"),
                problem="a new generation is the whole table, and a cursor brings only what is new",
                remedy="remove `cursor`, or `generation`",
            )
        if source.raw and source.deletions is not None:
            yield Finding(
                where=(*where, "source", "deletions"),
                problem="in a raw table a deletion is a record: without it the former one would "
                "come back",
                remedy="remove it; a column reads `from: _airbyte_data._ab_cdc_deleted_at`",
            )
        silver = dataset.silver
        is_key = _reads(dataset, "_airbyte_raw_id", silver.primary_key)
        if source.raw and silver.primary_key and not is_key and silver.deduplicate is None:
            yield Finding(
                where=(*where, "silver", "primary_key"),
                problem="a raw table has each key many times, in no order",
                remedy="say which record stays: `deduplicate: {order_by: [extracted_at desc]}`, "
                "with a column that is read `from: _airbyte_extracted_at`",
            )


def source_sync(context: RuleContext) -> Iterator[Finding]:
    """A connection of Airbyte's is synced once a run: all that wait for it say it alike."""
    said: dict[str, tuple[str, SyncRequest]] = {}
    for name, dataset in context.spec.datasets.items():
        request = dataset.source.asks_for_sync()
        if request is None:
            continue
        first, wanted = said.setdefault(request.connection_id, (name, request))
        if request != wanted:
            yield Finding(
                where=("datasets", name, "source", "sync"),
                problem=f"{first} syncs the same connection otherwise, and a run syncs it once",
                remedy="write `airbyte_conn_id` and `timeout` as there",
            )


def dlt_table(context: RuleContext) -> Iterator[Finding]:
    """A child table of dlt's names the tables above it, and is read as a whole or appended."""
    from medallion.sources.database.query import names_of

    for name, dataset, source in _loaded(context):
        if not isinstance(source, DltSource):
            continue
        where: KeyPath = ("datasets", name, "source")
        try:
            last = names_of(source.table)[-1]
        except ValueError:  # another rule says so
            continue
        above = last.rpartition("__")[0]
        if source.parents is None and above:
            yield Finding(
                where=(*where, "table"),
                problem=f"{last} looks like a child table of {above}: its rows have no load of "
                "their own",
                remedy=f"name the tables above it, `parents: [{_list_above(last)}]`; or write "
                "`parents: []`",
            )
        if source.parents and source.cursor and not dataset.silver.write_disposition.appends:
            yield Finding(
                where=(*where, "cursor"),
                problem="dlt writes the children of a row again with it: those that are gone leave "
                "no mark that a cursor could bring",
                remedy="remove `cursor`; or append, where dlt appends too",
            )
        if source.cursor and source.incomplete_loads is not None:
            yield Finding(
                where=(*where, "incomplete_loads"),
                problem="a cursor reads loads once they are complete",
                remedy="remove it",
            )


def _list_above(table: str) -> str:
    """The tables above a child table, the nearest first.

    >>> _list_above("orders__items__taxes")
    'orders__items, orders'
    """
    parts = table.split("__")
    return ", ".join("__".join(parts[:number]) for number in range(len(parts) - 1, 0, -1))
