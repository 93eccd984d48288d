"""The large CSV: orders of 9 columns, some 124 bytes each, as untidy as people's exports are.

The same number of rows gives the same file, byte for byte. Beside it is what cleaning must make of
it, as a CSV that COPY takes as it is, with Medallion's columns of provenance (but for the load,
which is the same in all rows: for both sides it is the column's default).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from bench.workspace import Workspace

COLUMNS: Mapping[str, Mapping[str, object]] = {
    "order_id": {"from": "Order", "type": "bigint"},
    "customer": {"from": "Customer", "type": "text", "clean": ["trim", "squeeze"]},
    "email": {"from": "E-mail", "type": "text", "clean": ["trim", "lower"]},
    "ordered_on": {"from": "Date", "type": "date"},
    "sent_at": {"from": "Sent", "type": "timestamp", "nullable": True},
    "amount": {"from": "Amount", "type": "decimal(18,2)", "clean": ["money"]},
    "weight": {"from": "Weight", "type": "decimal(10,3)"},
    "quantity": {"from": "Quantity", "type": "integer"},
    "note": {"from": "Note", "type": "text", "nullable": True, "clean": ["trim"]},
}
"""The silver columns, as a spec says them."""

_VALUES = """
WITH numbers AS (
    SELECT range AS i, (range * 2654435761) % 4294967296 AS h FROM range($rows)
), parts AS (
    SELECT
        i + 1 AS number,
        ['Ada', 'Grace', 'Edsger', 'Barbara', 'Amélie', 'Søren', 'Linus', 'Margaret'][h % 8 + 1]
            AS given,
        ['Lovelace', 'Hopper', 'Dijkstra', 'Liskov', 'Poulain', 'Kierkegaard'][h % 6 + 1]
            AS family,
        h % 97 AS pad,
        DATE '2024-01-01' + CAST(h % 730 AS INTEGER) AS day,
        TIMESTAMP '2024-01-01 00:00:00' + to_seconds(CAST(h % 63072000 AS BIGINT)) AS sent,
        h % 20 = 0 AS unsent,
        CAST(h % 100000000 AS DECIMAL(18,0)) / 100 AS amount,
        CAST(CAST(h % 90000 AS DECIMAL(10,0)) / 1000 AS DECIMAL(10,3)) AS weight,
        h % 40 + 1 AS quantity,
        h % 3 = 0 AS silent
    FROM numbers
)
"""

_UNTIDY = """
SELECT
    number AS "Order",
    repeat(' ', pad % 3) || given || repeat(' ', pad % 2 + 1) || family || repeat(' ', pad % 4)
        AS "Customer",
    given || '.' || family || number || '@Mail.FR' AS "E-mail",
    day AS "Date",
    CASE WHEN unsent THEN '' ELSE strftime(sent, '%Y-%m-%d %H:%M:%S') END AS "Sent",
    '$' || format('{:,}', CAST(floor(amount) AS BIGINT)) || '.'
        || lpad(CAST(CAST(round((amount - floor(amount)) * 100) AS INTEGER) AS VARCHAR), 2, '0')
        AS "Amount",
    weight AS "Weight",
    quantity AS "Quantity",
    CASE WHEN silent THEN '' ELSE ' Leave it with no. ' || pad || ' ' END AS "Note"
FROM parts
ORDER BY number
"""

_CLEAN = """
SELECT
    number AS order_id,
    given || ' ' || family AS customer,
    lower(given || '.' || family || number || '@Mail.FR') AS email,
    day AS ordered_on,
    CASE WHEN unsent THEN NULL ELSE sent END AS sent_at,
    CAST(amount AS DECIMAL(18,2)) AS amount,
    weight,
    quantity,
    CASE WHEN silent THEN NULL ELSE 'Leave it with no. ' || pad END AS note,
    0 AS _bronze_part,
    number AS _bronze_record
FROM parts
ORDER BY number
"""


FOLDER = "include/data/bench"
"""Where the domain of the benchmark may read files, below its project's root."""


def untidy_csv(workspace: Workspace, rows: int) -> Path:
    """The file as a source has it: where a project, `data`, keeps those of its domain."""
    return _written(workspace, f"{FOLDER}/orders", _VALUES + _UNTIDY, rows)


def clean_csv(workspace: Workspace, rows: int) -> Path:
    """The same orders, ready for COPY."""
    return _written(workspace, "clean", _VALUES + _CLEAN, rows)


def _written(workspace: Workspace, name: str, query: str, rows: int) -> Path:
    digest = hashlib.sha256(query.encode()).hexdigest()[:8]
    path = workspace.fresh("data") / f"{name}_{rows}_{digest}.csv"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    import duckdb

    temporary = path.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.sql(query, params={"rows": rows}).write_csv(str(temporary), header=True)
    temporary.replace(path)
    return path
