"""A key that a unique index has proven is not searched for duplicates again.

Great Expectations counts the rows of each value in a window over the whole table, and those of
several columns in a join of the table with itself. A staging table has a unique index on its
primary key, and PostgreSQL would have refused the second row of a value: then both questions are
asked of no row. An index compares values as `=` does, and no key with a missing value with another;
what holds of all rows holds of those that a condition chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from medallion.warehouse.tables.primary_key import ask_unique_index


def ask_index_first(count: Callable[..., Any]) -> Callable[..., Any]:
    """GX's `_sqlalchemy_function` of such a metric, which gives a SELECT with the number of each
    row's key: one of no rows, where there is an index."""

    @wraps(count)  # what GX has noted on the function too
    def ask(*args: Any, **kwargs: Any) -> Any:
        import sqlalchemy as sa

        counted, *domains = count(*args, **kwargs)
        if _is_proven(kwargs["execution_engine"], kwargs["metric_domain_kwargs"]):
            counted = sa.select(counted).where(sa.false()).alias(counted.name)
        return (counted, *domains)

    return ask


def _is_proven(engine: Any, domain: Mapping[str, Any]) -> bool:
    """Whether rows of a table are asked about, all or some, and it has an index on some of the
    columns."""
    batches = engine.batch_manager
    batch = batches.batch_data_cache.get(domain.get("batch_id")) or batches.active_batch_data
    table = _find_table(batch.selectable)
    if table is None:
        return False
    names = [str(name) for name in (table.schema, table.name) if name]
    key = domain.get("column_list") or [domain["column"]]
    question, asked = ask_unique_index(names, [str(column) for column in key])
    with engine.get_connection() as connection:
        return bool(connection.exec_driver_sql(question, asked).scalar())


def _find_table(selectable: Any) -> Any:
    """The table, or the view, of an asset of a table, which GX has as `SELECT * FROM` it; None of a
    query's."""
    import sqlalchemy as sa

    select = getattr(selectable, "element", selectable)
    tables = select.get_final_froms() if isinstance(select, sa.Select) else [select]
    return tables[0] if len(tables) == 1 and isinstance(tables[0], sa.TableClause) else None
