"""What a worker does with a part, without a Spark around it: tests/spark has the rest."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.steps import landed

from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.steps.clean import step as clean
from medallion.steps.clean.erased.leaving_out import ErasedInLanding
from medallion.steps.clean.left_out import LeftOut
from medallion.steps.clean.spark import job as driver
from medallion.steps.clean.spark.job import OnSpark
from medallion.steps.clean.spark.task import CleanParts
from medallion.steps.context import StepContext
from medallion.steps.spark.workers import read_error
from medallion.warehouse.tables.arrow_copy import create_new
from medallion.warehouse.tables.cleaned_parts import add_cleaned_part, list_cleaned_parts
from medallion.warehouse.tables.staging import drop

FILMS = landed.FILMS
LAYOUT = RecordLayout(format="csv", columns=("id", "title"))
STEP = landed.clean_step({"id": {"type": "bigint"}, "title": {"type": "text"}})
PARTS = [(b"id,title\n1,Jaws\nx,Heat\n3,Up\n", 3), (b"id,title\n4,Alien\n5\n", 2)]


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path)
    landed.land(made, LAYOUT, PARTS)
    return made


@pytest.fixture
def job(context: StepContext) -> Iterator[CleanParts]:
    """A job for the run's empty tables, as a worker gets it."""
    manifest = clean._landing(STEP, context)
    clean._prepare(STEP, context, ErasedInLanding(manifest=manifest))
    create_new(context.warehouse_url, clean._new_staging(STEP, context, manifest))
    with driver._writer(STEP, context, "word", 2) as url:
        made = CleanParts(
            step=STEP, manifest=manifest, relations={}, left=LeftOut(),
            run=context.run, try_number=1, url=url,
            attempt="word", groups=((0,), (1,)),
        )  # fmt: skip
        yield pickle.loads(pickle.dumps(made))  # noqa: S301  # our own


def rows(context: StepContext, table: Any, columns: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(context.warehouse_url) as connection:
        query = sql.SQL("SELECT {} FROM {} ORDER BY 1, 2")
        return connection.execute(
            query.format(sql.SQL(columns), identifier(table))  # type: ignore[arg-type]
        ).fetchall()


def staged(context: StepContext) -> list[tuple[Any, ...]]:
    return rows(context, FILMS.staging(context.run_key), "id, title, _bronze_part, _bronze_record")


def rejects(context: StepContext) -> list[tuple[Any, ...]]:
    return rows(context, FILMS.rejects(context.run_key), "_bronze_part, reasons[1]")


def test_a_part_is_staged_with_its_rejects_and_its_counts(
    job: CleanParts, context: StepContext
) -> None:
    assert (job._try(0), job._try(1)) == (None, None)
    assert staged(context) == [(1, "Jaws", 0, 1), (3, "Up", 0, 3), (4, "Alien", 1, 1)]
    assert rejects(context) == [
        (0, 'id: "x" is not a whole number of 64 bits'),
        (1, "line 3: it has 1 fields, the header has 2"),
    ]
    with psycopg.connect(context.warehouse_url) as connection:
        counts = list_cleaned_parts(connection, FILMS.part_list(context.run_key))
    assert [(one["read"], one["staged"], one["quarantined"]) for one in counts.values()] == [
        (3, 2, 1), (2, 1, 1),
    ]  # fmt: skip


def test_a_part_that_is_tried_again_or_twice_at_once_is_staged_once(
    job: CleanParts, context: StepContext
) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(job._try, [0, 0])) == [None, None]
    assert job._try(0) is None
    assert staged(context) == [(1, "Jaws", 0, 1), (3, "Up", 0, 3)]
    assert len(rejects(context)) == 1


def test_an_example_may_quote_what_jsonb_does_not_hold(
    job: CleanParts, context: StepContext
) -> None:
    counts = {"examples": ["a\0b"], "read": 1}
    with psycopg.connect(context.warehouse_url) as connection:
        parts = FILMS.part_list(context.run_key)
        assert add_cleaned_part(connection, parts, "word", 1, counts)
        assert list_cleaned_parts(connection, parts) == {1: counts}


def test_a_worker_of_another_try_stages_nothing(job: CleanParts, context: StepContext) -> None:
    error = json.loads(replace(job, attempt="other")._try(0) or "{}")
    assert error["kind"] == "WarehouseRefused"
    assert "check constraint" in error["problem"]
    assert staged(context) == []


def test_a_worker_with_another_medallion_stages_nothing(
    job: CleanParts, context: StepContext
) -> None:
    error = json.loads(replace(job, version="0.0.1")._try(0) or "{}")
    assert error["kind"] == "SetupError"
    assert "the task has 0.0.1" in error["problem"]
    assert staged(context) == []


def test_an_error_in_a_part_is_raised_as_what_it_is(job: CleanParts, context: StepContext) -> None:
    (Path(job.manifest.uri) / job.manifest.parts[0].name).unlink()
    error = read_error(job._try(0) or "{}")
    assert type(error).__name__ == "LakeError"
    assert error.remedy == "clear the land task of this dataset: it extracts again"
    assert staged(context) == []


def test_secrets_are_not_in_its_repr(job: CleanParts) -> None:
    password = str(psycopg.conninfo.conninfo_to_dict(job.url)["password"])
    assert password not in repr(job)
    assert "word" not in repr(job)


def test_a_lake_that_is_no_folder_is_refused_before_anything_is_started(
    job: CleanParts, context: StepContext
) -> None:
    far = replace(job.manifest, uri="abfs://lake@bronze/films")
    new = clean._new_staging(STEP, context, job.manifest)
    with pytest.raises(Exception, match="Spark's workers read the lake as a folder"):
        OnSpark().fill(STEP, context, far, {}, LeftOut(), new)


def test_parts_that_no_worker_has_staged_are_missed(
    job: CleanParts, context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    job._try(0)
    monkeypatch.setattr(driver, "find_spark", lambda connection: _Nowhere())
    monkeypatch.setattr(driver, "_clean", lambda *given: driver._take_counts(*given[-2:]))
    new = clean._new_staging(STEP, context, job.manifest)
    with pytest.raises(Exception, match="1 part of 2 were not staged"):
        OnSpark().fill(STEP, context, job.manifest, {}, LeftOut(), new)
    with psycopg.connect(context.warehouse_url) as connection:
        drop(connection, [FILMS.part_list(context.run_key)])


class _Nowhere:
    streams = 2
