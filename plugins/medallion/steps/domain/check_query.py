"""The query of a check that could not be evaluated: where in it PostgreSQL finds the mistake.

Great Expectations hands on the first line of what the server says, without the place.
"""

from __future__ import annotations

import psycopg

from medallion.checks.outcome import PlannedCheck
from medallion.checks.row_query import query_over
from medallion.errors import CheckCrashed
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.sql.problem import excerpt, place_of_offset
from medallion.steps.domain.refused_sql import is_of_the_sql, offset_of, remedy_of
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.prepare import prepare_query


def hold_query(url: str, table: TableName, check: PlannedCheck) -> None:
    """Prepare the query of a check, where it has one.

    Args:
        url: that of the domain's role.
        table: the staging table that the check is asked of.
        check: any check.

    Raises:
        CheckCrashed: PostgreSQL refuses the query, and says where.
    """
    text = check.kwargs.get("unexpected_rows_query")
    if not isinstance(text, str):
        return
    sent, origin = query_over(text, identifier(table).as_string())
    try:
        with connect(url) as session:
            prepare_query(session, sent)
    except psycopg.Error as error:
        offset = offset_of(error, 0)
        if offset is None or not is_of_the_sql(error):
            return
        line, column = place_of_offset(text, origin(offset))
        raise CheckCrashed(
            f"the check {check.check_id}: line {line}, column {column} of its query: PostgreSQL "
            f"refuses it: {error.diag.message_primary} [{error.sqlstate}]\n"
            f"{excerpt(text, origin(offset))}",
            remedy=f"{remedy_of(error)}. Nothing was published",
        ) from None
