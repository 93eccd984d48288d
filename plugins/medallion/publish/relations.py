"""The relations behind a published table, as statements. Pure: nothing is executed here.

    silver_cinema.movies                 the public view
      └─ store_silver_cinema.movies      the versions' parent; holds no rows itself
           ├─ …movies__v3                a version: the gated staging table as it is, inheriting
           └─ …movies__v4
    medallion.current_versions           the one row that says which version the view shows

The view never changes when a version is published: it selects the version that
medallion.current_version() names. So a publication takes no lock that a reader's transaction,
however long, could hold up, and no reader waits for it.

The function is declared immutable so that PostgreSQL calls it while it plans: the version and the
list of tables then belong together. Read during execution, the version could be one that was
published after the plan was made, of which the plan knows no table: the reader would see nothing.
Partitions would not do either: a transaction may keep the list of them that it read first, while
inheriting tables are looked up for each plan. A plan that a session keeps is made again after
PostgreSQL has reported that the parent changed: each publication does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import sql

from medallion.names import DATA_INTERVAL_END, DELETED_AT, Area, PublishedTable, TableName

if TYPE_CHECKING:
    from psycopg.abc import AdaptContext

VERSION = "_version"

OWN_COLUMNS = (VERSION, DATA_INTERVAL_END, DELETED_AT)
"""What publications add to the staged columns."""

_READ_ON_THE_WAY = b"%:${}\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as PostgreSQL reports it: `type` is what format_type() says (`numeric(18,2)`)."""

    name: str
    type: str


def identifier(table: TableName) -> sql.Identifier:
    """A quoted, schema-qualified name.

    >>> identifier(TableName("gold_cinema", 'odd "name')).as_string()
    '"gold_cinema"."odd ""name"'
    """
    return sql.Identifier(table.schema, table.table)


def parent_of(table: PublishedTable) -> TableName:
    """The table that the versions inherit from. The public view reads it, so a publication changes
    one number in the registry and leaves the view alone.

    >>> str(parent_of(PublishedTable.of(TableName("gold_cinema", "brands"))))
    'store_gold_cinema.brands'
    """
    return TableName(table.schema(Area.STORE), table.name)


def create_parent(table: PublishedTable, columns: Sequence[Column]) -> sql.Composed:
    """The versions' parent. Its columns are nullable: a version made of a staging table brings its
    own NOT NULL.

    No version is 0: the constraint leaves the parent itself out of plans.
    """
    return sql.SQL("CREATE TABLE {} ({}, {} integer, {} NO INHERIT)").format(
        identifier(parent_of(table)),
        sql.SQL(", ").join(_declaration(column) for column in columns),
        sql.Identifier(VERSION),
        version_check(0),
    )


def version_check(version: int) -> sql.Composed:
    """The CHECK by which PostgreSQL leaves the other versions out of a plan (constraint exclusion,
    which is on for inheritance by default).

    >>> version_check(3).as_string()
    'CHECK ("_version" = 3)'
    """
    return sql.SQL("CHECK ({} = {})").format(sql.Identifier(VERSION), sql.Literal(version))


def create_child(
    table: PublishedTable, version: int, indexed: Sequence[str], *, unique: bool = True
) -> Sequence[sql.Composed]:
    """An empty version and its index, for dispositions that write into the version they have."""
    child = identifier(table.version(version))
    made = [
        sql.SQL("CREATE TABLE {} ({}) INHERITS ({})").format(
            child, version_check(version), identifier(parent_of(table))
        )
    ]
    if indexed:
        kind = sql.SQL("UNIQUE INDEX" if unique else "INDEX")
        made.append(sql.SQL("CREATE {} ON {} ({})").format(kind, child, names(indexed)))
    return made


def insert_staged(
    into: sql.Composable,
    staging: TableName,
    version: int,
    *,
    columns: Sequence[str],
    interval_end: datetime | None = None,
) -> sql.Composed:
    """INSERT … SELECT of all staged rows into a version, each marked with the version.

    Args:
        into: the version's table, with an alias if the caller continues the statement.
        interval_end: of silver, whose rows are marked with it, too.
    """
    marks: list[tuple[str, object]] = [(VERSION, version)]
    if interval_end is not None:
        marks.insert(0, (DATA_INTERVAL_END, interval_end))
    return sql.SQL(
        "INSERT INTO {target} ({columns}, {marked}) SELECT {staged}, {marks} FROM {staging} AS s"
    ).format(
        target=into,
        columns=names(columns),
        marked=names([name for name, _ in marks]),
        staged=names(columns, of="s"),
        marks=sql.SQL(", ").join(sql.Literal(value) for _, value in marks),
        staging=identifier(staging),
    )


def carry_over(
    table: PublishedTable,
    former: int,
    version: int,
    *,
    columns: Sequence[Column],
    one_of_each: Sequence[str] = (),
) -> sql.Composed:
    """Copy a version's rows into another, cast to its types. With `one_of_each`, only the row of
    the latest interval for each of these keys."""
    newest = sql.SQL("DISTINCT ON ({}) ").format(names(one_of_each)) if one_of_each else sql.SQL("")
    order = (
        sql.SQL(" ORDER BY {}, {} DESC").format(
            names(one_of_each), sql.Identifier(DATA_INTERVAL_END)
        )
        if one_of_each
        else sql.SQL("")
    )
    return sql.SQL("INSERT INTO {} ({}, {}) SELECT {}{}, {} FROM {}{}").format(
        identifier(table.version(version)),
        names([column.name for column in columns]),
        sql.Identifier(VERSION),
        newest,
        sql.SQL(", ").join(
            sql.SQL("CAST({} AS {})").format(sql.Identifier(column.name), sql.SQL(column.type))
            for column in columns
        ),
        sql.Literal(version),
        identifier(table.version(former)),
        order,
    )


def names(columns: Sequence[str], *, of: str | None = None) -> sql.Composed:
    """Quoted columns, comma-separated, each qualified with `of` if it is given.

    >>> names(["id", "name"], of="s").as_string()
    '"s"."id", "s"."name"'
    """
    return sql.SQL(", ").join(
        sql.Identifier(name) if of is None else sql.Identifier(of, name) for name in columns
    )


def select_columns(table: TableName, columns: Sequence[str]) -> sql.Composed:
    """SELECT of these columns of a whole table, unordered.

    >>> select_columns(TableName("gold_cinema", "brands"), ["brand", "total"]).as_string()
    'SELECT "brand", "total" FROM "gold_cinema"."brands"'
    """
    return sql.SQL("SELECT {} FROM {}").format(names(columns), identifier(table))


def spell_columns(table: TableName, columns: Sequence[str]) -> sql.Composed:
    """The same for a library that hands the text on: what it would read in a name is escaped,
    in the way that PostgreSQL reads.

    Great Expectations 1.24 with psycopg2 doubles `%`, takes `:` and `$` as places of values and
    braces as its own.

    >>> spell_columns(TableName("gold_cinema", "brands"), ["brand", "share %"]).as_string()
    'SELECT "brand", U&"share \\\\0025" FROM "gold_cinema"."brands"'
    """
    shown = sql.SQL(", ").join([_SpelledIdentifier(name) for name in columns])
    return sql.SQL("SELECT {} FROM {}").format(shown, identifier(table))


class _SpelledIdentifier(sql.Identifier):
    def as_bytes(self, context: AdaptContext | None = None) -> bytes:
        quoted = bytes(super().as_bytes(context))
        if not set(quoted) & set(_READ_ON_THE_WAY):
            return quoted
        return b"U&" + b"".join(
            b"\\%04x" % sign if sign in _READ_ON_THE_WAY else bytes((sign,)) for sign in quoted
        )


def select_rows(table: TableName, where: sql.Composable | None = None) -> sql.Composed:
    """SELECT of the rows of a table, which the condition calls `t`."""
    query = sql.SQL("SELECT t.* FROM {} AS t").format(identifier(table))
    return query if where is None else sql.SQL("{} WHERE {}").format(query, where)


def unite_rows(
    published: TableName, stays: sql.Composable, staging: sql.Composable, columns: Sequence[str]
) -> sql.Composed:
    """SELECT of the rows of a version, called `t`, for which a condition holds, and of others.

    Args:
        staging: a query of rows that have these columns too.
    """
    return sql.SQL(
        "SELECT {own} FROM {published} AS t WHERE {stays}"
        " UNION ALL SELECT {own} FROM ({staging}) AS t"
    ).format(
        own=names(columns, of="t"),
        published=identifier(published),
        stays=stays,
        staging=staging,
    )


def forget_plans(table: PublishedTable) -> sql.Composed:
    """Make every session plan again: PostgreSQL invalidates cached plans when a relation's options
    change. The option set here has its default value."""
    return sql.SQL("ALTER TABLE {} SET (fillfactor = 100)").format(identifier(parent_of(table)))


def add_column(table: PublishedTable, column: Column) -> sql.Composed:
    """Add a nullable column to the parent, which adds it to every version."""
    return add_column_to(parent_of(table), column)


def add_column_to(relation: TableName, column: Column) -> sql.Composed:
    """Add a nullable column to a table, and to those that belong to it."""
    return sql.SQL("ALTER TABLE {} ADD COLUMN {}").format(
        identifier(relation), _declaration(column)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectVersion:
    """A version that is a view: a SELECT of a gold table, or one on partitions; and its columns."""

    number: int
    columns: frozenset[str]
    is_partitioned: bool = False


def create_view(
    table: PublishedTable,
    columns: Sequence[str],
    least: int = 0,
    masked: sql.Composable | None = None,
) -> sql.Composed:
    """The public view on the current version; new columns come last.

    CREATE OR REPLACE keeps grants, comments and dependent views, and can only append columns. A
    drop would lose them all. Other changes of shape go through `warehouse.tables.rebuild`.

    Args:
        least: the first version of this shape. A reader that has waited for the change asks for the
            current version as of before it, which has the former shape.
        masked: the columns as readers get them, where that is not as they are
            (`publish.masked_view`).
    """
    return _make_view(table, [_select_stored(table, columns, least)], masked)


def create_view_of_selects(
    table: PublishedTable,
    columns: Sequence[Column],
    selects: Sequence[SelectVersion],
    *,
    with_rows: bool,
    least: int = 0,
    masked: sql.Composable | None = None,
) -> sql.Composed:
    """The public view on a table whose versions are SELECTs.

    PostgreSQL knows the number of the current version while it plans, and leaves the others out: so
    here, too, another version is shown by one row of the registry. Each column is cast to its
    published type, which it has already, unless an input's column has changed its type since.

    Args:
        columns: of the parent.
        selects: one at least.
        with_rows: whether versions with rows of their own are kept, too.
        least, masked: as of `create_view`.
    """
    parts = [_select_stored(table, [one.name for one in columns], least)] if with_rows else []
    parts += [_select_of(table, columns, one, least) for one in selects]
    return _make_view(table, parts, masked)


def _make_view(
    table: PublishedTable, parts: Sequence[sql.Composed], masked: sql.Composable | None
) -> sql.Composed:
    select: sql.Composable = sql.SQL(" UNION ALL ").join(parts)
    if masked is not None:
        select = sql.SQL("SELECT {} FROM ({}) AS t").format(masked, select)
    return sql.SQL("CREATE OR REPLACE VIEW {} AS {}").format(identifier(table.public), select)


def _select_stored(table: PublishedTable, columns: Sequence[str], least: int) -> sql.Composed:
    return sql.SQL("SELECT {columns} FROM {parent} AS t WHERE t.{version} = {current}").format(
        columns=names(columns, of="t"),
        parent=identifier(parent_of(table)),
        version=sql.Identifier(VERSION),
        current=_current(table, least),
    )


def _select_of(
    table: PublishedTable, columns: Sequence[Column], version: SelectVersion, least: int
) -> sql.Composed:
    return sql.SQL("SELECT {columns} FROM {select} AS t WHERE {number} = {current}").format(
        columns=sql.SQL(", ").join(
            sql.SQL("CAST({value} AS {type}) AS {name}").format(
                value=sql.Identifier("t", one.name)
                if one.name in version.columns
                else sql.SQL("NULL"),
                type=sql.SQL(one.type),
                name=sql.Identifier(one.name),
            )
            for one in columns
        ),
        select=identifier(table.version(version.number)),
        number=sql.Literal(version.number),
        current=_current(table, least, is_partitioned=version.is_partitioned),
    )


def _current(table: PublishedTable, least: int, *, is_partitioned: bool = False) -> sql.Composed:
    asking = sql.SQL(
        "medallion.current_partitioned_version({}, {}, {})"
        if is_partitioned
        else "medallion.current_version({}, {}, {})"
    )
    current = asking.format(
        sql.Literal(str(table.layer)), sql.Literal(table.domain), sql.Literal(table.name)
    )
    return sql.SQL("greatest({}, {})").format(current, sql.Literal(least)) if least else current


def grant_select(table: PublishedTable, role: str) -> sql.Composed:
    """Let a role read the view. The view reads the versions as its owner, so the role gets no right
    on them.

    >>> brands = PublishedTable.of(TableName("gold_cinema", "brands"))
    >>> print(*grant_select(brands, "bi_reader").as_string().split("; "), sep="\\n")
    GRANT USAGE ON SCHEMA "gold_cinema" TO "bi_reader"
    GRANT SELECT ON "gold_cinema"."brands" TO "bi_reader"
    """
    return sql.SQL("GRANT USAGE ON SCHEMA {} TO {}; GRANT SELECT ON {} TO {}").format(
        sql.Identifier(table.schema()),
        sql.Identifier(role),
        identifier(table.public),
        sql.Identifier(role),
    )


def _declaration(column: Column) -> sql.Composed:
    # The type is PostgreSQL's own spelling of a type that it has (format_type), not a person's.
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
