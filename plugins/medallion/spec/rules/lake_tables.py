"""Rules on tables that are published to a lake too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from medallion.cleaning.declared.classification import (
    Protect,
    is_masked_on_read,
    table_columns,
)
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.types import parse_type
from medallion.names import Layer, TableName
from medallion.publish.lake_formats import LAKE_FORMATS, ColumnKind
from medallion.sources.base.locations import Location
from medallion.spec.files.access import lake_refusal
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.lake_tables import SCHEMES, LakeTableSpec
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.rules.connections import connection_problem
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.protected_columns import ProtectedColumns
from medallion.spec.sql.table_columns import TableColumns, gold_queries, merge, silver_columns
from medallion.sql.outline import QueryOutline

_KINDS = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double": "float8",
    "decimal": "numeric",
    "boolean": "bool",
    "json": "jsonb",
}
"""Types of specs that PostgreSQL's catalogue calls otherwise."""
_IN_CLEAR = (
    "files of a lake have no roles: protect the column, leave the table out of the lake, or say "
    "that it is meant: `in_clear: [{}]`"
)


def lake_location(context: RuleContext) -> Iterator[Finding]:
    """A table is published to a folder of a lake that operators allow its domain, by a connection
    that it may use."""
    for where, said in _all(context.spec):
        place = (*where, "location")
        location = Location.parse(said.location)
        if location is None or location.scheme not in SCHEMES or location.problem_of_table():
            known = location is not None and location.scheme in SCHEMES
            problem = location.problem_of_table() if location is not None and known else ""
            yield Finding(
                where=place,
                problem=problem or f"{said.location} is not a folder of a lake",
                remedy="write abfs://CONN_ID@container/…, s3://CONN_ID@bucket/… or "
                "file:///folder/…",
            )
            continue
        refusal = lake_refusal(context.access, context.dag_id.domain, location)
        if refusal is None and location.conn_id:
            refusal = connection_problem(context, location.conn_id)
        if refusal:
            yield Finding(where=place, problem=refusal[0], remedy=refusal[1])


def lake_of_view(context: RuleContext) -> Iterator[Finding]:
    """A view has no rows of its own that could be published elsewhere."""
    for name, gold in context.spec.gold.items():
        if gold.publish_to and gold.is_view():
            yield Finding(
                where=("gold", name, "publish_to"),
                on_key=True,
                problem=f"{name} is a view: it has no rows of its own to be published",
                remedy="publish the tables that it reads, or have `materialization: table`",
            )


def lake_type(context: RuleContext) -> Iterator[Finding]:
    """A format of a lake holds the type of each column, as it is: nothing is cast by itself. Of
    gold the warehouse knows the types, and its task says it."""
    for name, dataset in context.spec.datasets.items():
        formats = [said.format for said in dataset.silver.publish_to]
        for word in dict.fromkeys(formats):
            at, format_ = formats.index(word), LAKE_FORMATS[word]
            for column, spec in table_columns(dataset.silver.columns).items():
                kind = _kind_of(column, spec)
                if kind is not None and (why := format_.why_not(kind)):
                    yield Finding(
                        where=("datasets", name, "silver", "publish_to", at, "format"),
                        problem=f"{column} is {spec.type}: {why}",
                        remedy="have it as text (`type: text`), or publish a gold table that "
                        "casts it in its SELECT",
                    )


def lake_listed_twice(context: RuleContext) -> Iterator[Finding]:
    """A table has one name in the lake's catalogue: it is published as Iceberg to one folder."""
    seen = set[tuple[str | int, str | int]]()
    for where, said in _all(context.spec):
        format_, table = LAKE_FORMATS[said.format], (where[0], where[1])
        if format_.is_listed and table in seen:
            yield Finding(
                where=(*where, "format"),
                problem=f"{where[1]} is published as {format_.title} twice: the catalogue has its "
                "name once",
                remedy="remove one of them; a second folder can have it as `format: delta`, or as "
                "the table of a gold table that selects from it",
            )
        if format_.is_listed:
            seen.add(table)


def lake_in_clear(context: RuleContext) -> Iterator[Finding]:
    """Personal data go to a lake in clear only where the spec names them for it: no role guards
    files."""
    for name, dataset in context.spec.datasets.items():
        # What a view masks by role is masked in the lake, too: whoever publishes reads the mask.
        clear = frozenset(
            column
            for column, spec in table_columns(dataset.silver.columns).items()
            if _is_in_clear(spec) and not is_masked_on_read(spec)
        )
        for at, said in enumerate(dataset.silver.publish_to):
            where = ("datasets", name, "silver", "publish_to", at)
            yield from _not_named(where, said, clear)
            for number, column in enumerate(said.in_clear):
                if column not in clear:
                    yield Finding(
                        where=(*where, "in_clear", number),
                        problem=f"{column} is not a column with personal data in clear",
                        remedy=did_you_mean(column, clear) or "remove it",
                    )


def lake_gold_in_clear(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """What gold makes of personal data in clear, of whatever spec, is named before it goes to a
    lake."""
    loaded = [one.loaded for one in attempts if one.loaded is not None]
    if not any(gold.publish_to for one in loaded for gold in one.spec.gold.values()):
        return
    clear = _find_in_clear(loaded)
    for attempt in attempts:
        spec = attempt.loaded
        for name, gold in spec.spec.gold.items() if spec else ():
            if spec is None or not gold.publish_to:
                continue
            found = clear.of(TableName(f"{Layer.GOLD}_{spec.dag_id.domain}", name))
            for at, said in enumerate(gold.publish_to):
                for finding in _not_named(("gold", name, "publish_to", at), said, found):
                    yield attempt, finding


def lake_location_twice(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """Each table of a lake has a folder of its own, in no other's: what is not its own there, its
    maintenance deletes."""
    owners: list[tuple[Location, str, KeyPath]] = []
    for attempt in attempts:
        for where, said in _all(attempt.loaded.spec) if attempt.loaded else ():
            location = Location.parse(said.location)
            if location is None:
                continue
            table = f"{attempt.path}: {where[1]}"
            other = next(
                (
                    owner
                    for at, owner, place in owners
                    if (at.is_within(location) or location.is_within(at))
                    and (owner, place) != (table, where)
                ),
                None,
            )
            owners.append((location, table, where))
            if other is not None:
                yield (
                    attempt,
                    Finding(
                        where=(*where, "location"),
                        problem=f"{said.location} meets the folder that {other} is published to",
                        remedy="name a folder of its own, which is in no other one's",
                    ),
                )


def _all(spec: PipelineSpec) -> Iterator[tuple[KeyPath, LakeTableSpec]]:
    for name, dataset in spec.datasets.items():
        for at, said in enumerate(dataset.silver.publish_to):
            yield ("datasets", name, "silver", "publish_to", at), said
    for name, gold in spec.gold.items():
        for at, said in enumerate(gold.publish_to):
            yield ("gold", name, "publish_to", at), said


def _kind_of(name: str, spec: ColumnSpec) -> ColumnKind | None:
    """None: the type is wrong, which another rule says."""
    try:
        found = parse_type(spec.type)
    except ValueError:
        return None
    word = found.scalar.name
    return ColumnKind(
        name=name,
        kind=_KINDS.get(word, word),
        spelled=found.name,
        is_array=found.array,
        digits=found.precision or None,
    )


def _columns_in_clear(columns: Mapping[str, ColumnSpec]) -> frozenset[str]:
    """The personal columns whose values silver has as they came."""
    return frozenset(name for name, spec in table_columns(columns).items() if _is_in_clear(spec))


def _is_in_clear(spec: ColumnSpec) -> bool:
    """Whether the table itself holds clear values: what a view masks by role is in clear below."""
    found = spec.classification
    if found is None:
        return False
    return found.protect is Protect.NONE or is_masked_on_read(spec)


def _find_in_clear(loaded: Sequence[LoadedSpec]) -> ProtectedColumns:
    """Which columns of gold are made of personal data in clear."""
    outlines: dict[TableName, QueryOutline | None] = {
        TableName(f"{Layer.GOLD}_{one.dag_id.domain}", name): outline
        for one in loaded
        for name, outline in one.outlines.items()
    }
    silver = {
        TableName(f"{Layer.SILVER}_{one.dag_id.domain}", name): _columns_in_clear(
            dataset.silver.columns
        )
        for one in loaded
        for name, dataset in one.spec.datasets.items()
    }
    columns = TableColumns(
        merge(silver_columns(one.spec, one.dag_id.domain) for one in loaded),
        merge(gold_queries(one.queries, one.dag_id.domain) for one in loaded),
    )
    return ProtectedColumns(silver, outlines.get, columns)


def _not_named(where: KeyPath, said: LakeTableSpec, clear: frozenset[str]) -> Iterator[Finding]:
    missing = sorted(clear - set(said.in_clear))
    if missing:
        yield Finding(
            where=where,
            problem=f"{', '.join(missing)}: personal data in clear, which whoever reads the "
            "folder would read",
            remedy=_IN_CLEAR.format(", ".join(missing)),
        )
