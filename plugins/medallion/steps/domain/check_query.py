"""Finds where in a check's query the mistake is: GX passes on only the first line of the server's
message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medallion.checks.outcome import PlannedCheck
from medallion.checks.row_query import query_over, query_tree
from medallion.errors import CheckCrashed
from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.sql.problem import excerpt, place_of_offset
from medallion.steps.domain.refused_sql import possible_places
from medallion.warehouse.session.refused_query import find_code, refusal_of, remedy_for

_DRIVERS_ERROR = re.compile(r"\(psycopg2?\.errors\.(\w+)\)")
"""SQLAlchemy's first words of an error of the server: the driver's class of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetWhileItRan:
    """What is known of an error that the server met while it ran a check's query."""

    places: str = ""
    """The end of the message: the lines where it may come from; or nothing."""
    remedy: str = ""
    """What the author can do, or nothing."""


def describe_met_error(check: PlannedCheck, message: str) -> MetWhileItRan:
    """What a check's own query says about an error that GX reports of it; nothing if it has none.

    Args:
        check: any check.
        message: GX's, with the driver's class of the error in it.
    """
    text = check.kwargs.get("unexpected_rows_query")
    named = _DRIVERS_ERROR.search(message)
    if not isinstance(text, str) or named is None:
        return MetWhileItRan()
    code = find_code(named[1])
    return MetWhileItRan(
        places=possible_places(text, query_tree(text), code, " of its query"),
        remedy=remedy_for(code),
    )


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
