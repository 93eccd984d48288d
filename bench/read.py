"""A published table as an Arrow table: `medallion.client` beside ADBC's own."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.readers import Table
from bench.rounds import Rounds, Say, Side, alternate
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace
from medallion.publish.relations import grant_select

READER = "bench_reader"
CLAIMS = (
    Claim(
        name="read.arrow",
        what="Read 3 M rows of a published table to Arrow: ADBC's time ÷ ours",
        how="A silver table of 9 columns (bigint, text, numeric(18,2), date, timestamptz, double, "
        "boolean, and the provenance) is read whole, by a role that may read that table alone. "
        "Ours is `desk.read(table, 'arrow')`: it finds the publication with its checks, keeps its "
        "version from being dropped, and makes exact decimals of numerics. Theirs is ADBC's "
        "`fetch_arrow_table()` of SELECT * of the same view, where a numeric is a text. Each side "
        "connects, in a fresh process; the clock starts when its libraries are imported.",
        bound=Bound.AT_LEAST,
        target=0.9,
    ),
    Claim(
        name="read.batches",
        what="Peak memory of reading 3 M rows in batches",
        how="The same table by `batches()`, each looked at and let go. Beside it, the peak of "
        "reading it as one table. Some 130 MiB are Python with the libraries.",
        bound=Bound.AT_MOST,
        target=256.0,
        unit="MiB",
    ),
)
_STAGE = """
CREATE {kind} {table} AS
SELECT i::bigint AS id, 'order ' || i AS name, (i % 100000 / 100.0)::numeric(18,2) AS amount,
       date '2026-01-01' + i % 365 AS day, timestamptz '2026-01-01' + i * interval '1 s' AS at,
       i / 7.0::double precision AS share, i % 2 = 0 AS is_even, {value}::bigint AS value,
       {load}::bigint AS _load_id, 0 AS _bronze_part, i::bigint AS _bronze_record
FROM generate_series(1, {rows}) AS s (i)
"""


@dataclass(frozen=True, kw_only=True)
class Orders(Table):
    """A table of so many rows."""

    many: int

    @property
    def rows(self) -> int:
        """Of its one publication."""
        return self.many

    @property
    def staging(self) -> str:
        """Columns of the usual types."""
        return _STAGE


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Publish it once, and read it in turn."""
    with warehouse(workspace) as server:
        table = Orders(url=server.url, disposition="replace", many=workspace.rows)
        table.publish(0)
        reader = _reader(server, table)
        rounds = alternate(_sides(table, reader), workspace.rounds(5), say)
        peaks = {
            by: run_side("read_arrow", _given(table, reader, by))["peak_mib"]
            for by in ("client", "batches")
        }
    say(f"peaks of memory: {peaks}")
    size = f"{workspace.rows:,} rows"
    return [_times(rounds, size), _memory(peaks, size)]


def _reader(server: Warehouse, table: Table) -> str:
    """The URL of a role that may read that table."""
    role = sql.Identifier(READER)
    server.administer(
        sql.SQL("DROP ROLE IF EXISTS {}").format(role),
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'bench'").format(role),
    )
    with psycopg.connect(server.url) as loader:
        loader.execute(grant_select(table.name, READER))
    return make_conninfo(server.url, user=READER, password="bench")


def _given(table: Table, reader: str, by: str) -> dict[str, str]:
    return {"table": str(table.name.public), "reader": reader, "by": by}


def _sides(table: Table, reader: str) -> dict[str, Side]:
    def side(by: str) -> Side:
        return lambda: float(run_side("read_arrow", _given(table, reader, by))["seconds"])

    return {"ours": side("client"), "ADBC": side("adbc")}


def _times(rounds: Rounds, size: str) -> Result:
    return Result(
        claim="read.arrow",
        values=rounds.ratios("ADBC", "ours"),
        ours=f"{rounds.median('ours'):.2f} s",
        theirs=f"{rounds.median('ADBC'):.2f} s",
        size=size,
    )


def _memory(peaks: dict[str, float], size: str) -> Result:
    return Result(
        claim="read.batches",
        values=[peaks["batches"]],
        ours=f"{peaks['batches']:.0f} MiB",
        theirs=f"{peaks['client']:.0f} MiB",
        size=size,
    )
