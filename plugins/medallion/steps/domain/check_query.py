"""Finds where in a check's query PostgreSQL sees the mistake: GX passes on only the first line of
the server's message."""

from __future__ import annotations

from medallion.checks.outcome import PlannedCheck
from medallion.checks.row_query import query_over
from medallion.errors import CheckCrashed
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.sql.problem import excerpt, place_of_offset
from medallion.warehouse.session.refused_query import refusal_of


def hold_query(url: str, table: TableName, check: PlannedCheck) -> None:
    """Prepare a check's query, if it has one. Returns nothing if PostgreSQL accepts it or gives no
    place.

    Args:
        url: of the domain's role.
        table: the staging table that the check reads.
        check: any check.

    Raises:
        CheckCrashed: PostgreSQL refuses the query, and says where.
    """
    text = check.kwargs.get("unexpected_rows_query")
    if not isinstance(text, str):
        return
    sent, origin = query_over(text, identifier(table).as_string())
    refused = refusal_of(url, sent)
    if refused is None or refused.offset is None:
        return
    at = origin(refused.offset)
    line, column = place_of_offset(text, at)
    raise CheckCrashed(
        f"the check {check.check_id}: line {line}, column {column} of its query: "
        f"{refused.problem}\n{excerpt(text, at)}",
        remedy=f"{refused.remedy}. Nothing was published",
    )
