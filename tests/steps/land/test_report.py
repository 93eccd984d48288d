"""What a landing says of itself in the log."""

from __future__ import annotations

from datetime import UTC, datetime

from medallion.lake.manifest import Manifest, PartInfo
from medallion.names import Layer, PublishedTable
from medallion.plan.model import LandStep
from medallion.records import RecordLayout
from medallion.run import Run
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.source import SourceModel
from medallion.sources.database.source import DatabaseSource
from medallion.sources.file.source import FileSource
from medallion.sources.rest.source import RestSource
from medallion.steps.land.report import describe_landing

RUN = Run(
    dag_id="lab.x",
    run_id="r",
    interval_start=datetime(2026, 1, 1, tzinfo=UTC),
    interval_end=datetime(2026, 1, 2, tzinfo=UTC),
    spec_digest="d",
)


def said(
    source: SourceModel,
    layout: RecordLayout,
    files: int = 0,
    cursor: CursorRange | None = None,
    **notes: object,
) -> list[str]:
    parts = tuple(
        PartInfo(
            name=f"{number}.part", sha256="", bytes=1000, records=2,
            file=f"include/data/lab/{number}.csv" if files else "",
        )
        for number in range(files or 1)
    )  # fmt: skip
    manifest = Manifest(
        uri="/lake/bronze/lab/orders/1/a-1", run=RUN, dataset="orders", load_id=1,
        extracted_at=RUN.interval_end, source={}, layout=layout, parts=parts,
        notes=notes,
    )  # fmt: skip
    step = LandStep(
        table=PublishedTable(layer=Layer.SILVER, domain="lab", name="orders"), source=source
    )
    return list(describe_landing(step, RUN, manifest, cursor))


def test_files_are_named_with_what_each_has() -> None:
    source = FileSource(type="file", path="include/data/lab/*.csv")
    lines = said(source, RecordLayout(format="csv", encoding="latin-1", compression="gzip"), 7)
    assert lines[0] == "landed 14 records, 7,000 bytes in 7 parts (csv gzip latin-1)"
    assert lines[1] == "from include/data/lab/0.csv (2 records, 1,000 bytes)"
    assert lines[-2:] == [
        "  … and 2 files more, in the manifest",
        "to /lake/bronze/lab/orders/1/a-1",
    ]


def test_a_request_is_named_with_its_connection_and_the_number_of_requests() -> None:
    source = RestSource(type="rest", conn_id="shop_api", path="orders", params={"size": 100})
    lines = said(source, RecordLayout(format="jsonl"), requests=12)
    assert lines == [
        "landed 2 records, 1,000 bytes (jsonl utf-8), 12 requests",
        "from GET orders?size=100, by the connection shop_api",
        "to /lake/bronze/lab/orders/1/a-1",
    ]


def test_what_is_read_by_a_cursor_says_from_where() -> None:
    source = DatabaseSource(
        type="database",
        conn_id="erp",
        table="sales.orders",
        cursor={"field": "id", "initial_value": 0},
    )
    cursor = CursorRange(field="id", kind="integer", start=7, start_inclusive=False)
    lines = said(source, RecordLayout(format="parquet", types=("BIGINT",)), cursor=cursor)
    assert lines[:3] == [
        "landed 2 records, 1,000 bytes (parquet)",
        "from sales.orders, by the connection erp",
        "  where id is above 7",
    ]
