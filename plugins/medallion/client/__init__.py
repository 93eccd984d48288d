"""The data scientists' desk: published tables as data frames, pinned to a version.

    from medallion.client import connect

    warehouse = connect()                     # libpq's own settings: PGHOST, PGSERVICE, ~/.pgpass …
    brands = warehouse.read("gold_cinema.brand_performance")

It logs in as whoever reads, needs no Airflow, and loads pandas, Polars and pyarrow only when they
are used. docs/data-science.md is the tour.
"""

from medallion.client.desk import Desk, connect
from medallion.client.frames import lineage_of
from medallion.client.pinned_table import PinnedTable
from medallion.client.snapshots import read_snapshot, snapshot_batches, snapshots
from medallion.client.tracking import log_input
from medallion.warehouse.reading.lineage import CheckResult, Lineage

__all__ = [
    "CheckResult",
    "Desk",
    "Lineage",
    "PinnedTable",
    "connect",
    "lineage_of",
    "log_input",
    "read_snapshot",
    "snapshot_batches",
    "snapshots",
]
