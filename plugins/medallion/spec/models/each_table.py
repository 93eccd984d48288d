"""A dataset for each table of a database: `for_each_table: {conn_id: …, tables: {orders: …}}`.

`type` says who has written them: each is read as a source of that type, which a table's `source`
says more of.

They become entries of `datasets` before a model of the spec is made: nothing else knows of them.
The tables are listed, with their columns, since a spec's tables must be known and reviewed without
the database; `new` writes the list and keeps it, and a run reports what the list lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from medallion.cleaning.declared.contract import column_name
from medallion.sources.base.table_states import EXCLUDED, GONE, NEW, READ
from medallion.sources.kinds import TABLE_TYPES
from medallion.sources.loaded_tables.table import LoadedTable

DATABASE = "database"
"""The type of tables that no tool has loaded."""
KEY = "for_each_table"
LISTING = "source_tables"
"""What the dataset is called that lists the database's tables, after the prefix."""

_OF_ENTRY = ("dataset", "cursor", "source")
_PLAIN = re.compile(r"[\w$#@-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeDataset:
    """A dataset that a table makes, as a spec would say it. `table` is empty: the listing."""

    name: str
    table: str
    said: Mapping[str, Any]


def name_of(table: str, prefix: str = "") -> str:
    """The dataset that a table becomes.

    >>> name_of("Order Lines", "erp_")
    'erp_order_lines'
    """
    return column_name(prefix + table)


def path_of(schema: str, table: str) -> str:
    """A table as `table:` of a database source names it.

    >>> path_of("sales", "order lines")
    'sales."order lines"'
    """
    return ".".join(_quote(part) for part in (schema, table) if part)


def listing_name(said: Mapping[str, Any]) -> str:
    """What the dataset that lists the tables is called; empty: the author wants none."""
    name = said.get("listing", f"{_text(said.get('prefix'))}{LISTING}")
    return _text(name)


def list_made(raw: Mapping[str, Any]) -> Iterator[MadeDataset]:
    """Each dataset that `for_each_table` of a spec's YAML makes. What is too broken to be read is
    passed over: the model says so."""
    said = raw.get(KEY)
    if not isinstance(said, Mapping):
        return
    tables, defaults = _mapping(said.get("tables")), _mapping(said.get("defaults"))
    prefix = _text(said.get("prefix"))
    for table, own in tables.items():
        merged = merge(defaults, _mapping(own))
        name = merged.get("dataset")
        source = {**_mapping(merged.get("source")), **_source(said)}
        source |= {"table": path_of(_text(said.get("schema")), table)}
        source |= {"cursor": merged["cursor"]} if merged.get("cursor") is not None else {}
        rest = {key: value for key, value in merged.items() if key not in _OF_ENTRY}
        yield MadeDataset(
            name=name if isinstance(name, str) else name_of(table, prefix),
            table=table,
            said=rest | {"source": source},
        )
    if tables and (name := listing_name(said)):
        yield MadeDataset(name=name, table="", said=_listing(said, tables))


def with_tables(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A spec's YAML with each dataset of `for_each_table` among its `datasets`, after those that
    are there. Of a name that is there already the first stays."""
    datasets = raw.get("datasets", {})
    if KEY not in raw or not isinstance(datasets, Mapping):
        return dict(raw)
    every = dict(datasets)
    for made in list_made(raw):
        every.setdefault(made.name, made.said)
    return {**raw, "datasets": every}


def merge(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What a table says over what all of them say: mappings key by key, anything else whole.

    >>> merge({"silver": {"guard": {"min_rows": 0}, "grants": ["a"]}}, {"silver": {"grants": []}})
    {'silver': {'guard': {'min_rows': 0}, 'grants': []}}
    """
    found = dict(defaults)
    for key, value in own.items():
        before = found.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        found[key] = merge(before, value) if both else value  # type: ignore[arg-type]
    return found


def type_of(said: Mapping[str, Any]) -> str:
    """As which type of source the tables are read."""
    kind = _text(said.get("type"))
    return kind if kind in TABLE_TYPES else DATABASE


def own_tables_of(kind: str) -> tuple[str, ...]:
    """The tables that whoever has written the others keeps for itself, as patterns.

    >>> own_tables_of("dlt")
    ('_dlt_*', '_DLT_*')
    """
    model = TABLE_TYPES[kind]
    return model.own_tables if issubclass(model, LoadedTable) else ()


def _source(said: Mapping[str, Any], kind: str = "") -> dict[str, Any]:
    """Whatever a table says, its type and its connection are those of all."""
    own = {key: said[key] for key in ("conn_id",) if key in said}
    return {"type": kind or type_of(said), **own}


def _listing(said: Mapping[str, Any], tables: Iterable[str]) -> dict[str, Any]:
    """The dataset of the tables themselves: what the database has that the spec lacks shows in it,
    and its gate says so as `new_tables` wants it."""
    asked = {key: said[key] for key in ("schema", "include", "exclude", "views") if key in said}
    exclude = asked.get("exclude", ())
    if (own := own_tables_of(type_of(said))) and isinstance(exclude, list | tuple):
        asked["exclude"] = [*exclude, *own]
    schema, conn_id = _text(said.get("schema")), _text(said.get("conn_id"))
    of = f"the schema {schema} of {conn_id}" if schema else conn_id
    return {
        "description": f"One row for each table of {of}: whether this pipeline reads it.",
        "source": _source(said, DATABASE) | {"tables": {**asked, "known": list(tables)}},
        "silver": {
            "primary_key": ["table_name"],
            "columns": {
                "table_name": {"type": "text", "description": "As the database has it."},
                "kind": {"type": "text", "nullable": True, "description": "A table or a view."},
                "state": {
                    "type": "text",
                    "description": "read: the pipeline has it; new: its spec lacks it; excluded: "
                    "it is not asked for; gone: the spec has it and the database does not.",
                },
            },
            "guard": {"min_rows": 0, "max_shrink_percent": 100},
            "checks": list(_checks(said.get("new_tables", "evolve"))),
        },
    }


def _checks(contract: object) -> Iterator[dict[str, Any]]:
    """Of a table that has gone its own task fails, so that the listing only warns."""
    failures = {"evolve": "warn", "freeze": "fail"}
    if isinstance(contract, str) and contract in failures:
        yield _all_but(NEW, failures[contract])
    yield _all_but(GONE, "warn")


def _all_but(state: str, on_failure: str) -> dict[str, Any]:
    others = [one for one in (READ, NEW, EXCLUDED, GONE) if one != state]
    return {"accepted_values": {"column": "state", "values": others, "on_failure": on_failure}}


def _quote(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
