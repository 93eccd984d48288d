"""What a REST source lands is cleaned on the real warehouse: each way in which a body is landed."""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.process
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.steps import json_api, landed
from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.plan.model import LandStep
from medallion.publish.relations import identifier
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.rest.source import RestSource
from medallion.steps.clean import step as clean
from medallion.steps.context import StepContext, StepResult
from medallion.steps.land import step as land

COLUMNS: Mapping[str, Mapping[str, object]] = {
    "film_id": {"from": "id", "type": "bigint"},
    "title": {"from": "names.fr", "type": "text", "nullable": True},
    "gross": {"type": "decimal(18,2)", "nullable": True},
}


@contextmanager
def serving(
    *bodies: bytes, arrived: Callable[[int], None] = lambda page: None
) -> Iterator[ConnectionDetails]:
    """A server of these pages, by `?page=`; an empty list after them."""

    def answer(path: str, headers: object) -> tuple[int, bytes]:
        page = int(path.partition("page=")[2] or "1")
        arrived(page)
        if path.startswith("/shops"):
            return 200, b'[{"id": "A"}, {"id": "B\\u00e9"}]'
        return 200, bodies[page - 1] if page <= len(bodies) else b"[]"

    with json_api.serving(answer) as port:
        yield ConnectionDetails(
            conn_id="films",
            host="127.0.0.1",
            port=port,
            extra={"requests_per_second": 5000},
        )


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path)
    return made


def land_and_clean(
    context: StepContext,
    *bodies: bytes,
    columns: Mapping[str, Mapping[str, object]] = COLUMNS,
    **keys: Any,
) -> StepResult:
    source = RestSource.model_validate({"type": "rest", "conn_id": "films", "path": "films"} | keys)
    with serving(*bodies) as connection:
        known = replace(context, connection={"films": connection}.__getitem__)
        land.run(LandStep(table=landed.FILMS, source=source), known)
    return clean.run(landed.clean_step(columns), context)


def staged(context: StepContext, what: str = "film_id, title, gross::text") -> list[Any]:
    table = identifier(landed.FILMS.staging(context.run_key)).as_string()
    order = "" if "(*)" in what else "ORDER BY _bronze_part, _bronze_record"
    return query(context.warehouse_url, f"SELECT {what} FROM {table} {order}")


def rejects(context: StepContext) -> str:
    return identifier(landed.FILMS.rejects(context.run_key)).as_string()


def test_pages_that_are_lists(context: StepContext) -> None:
    first = '[{"id": 1, "names": {"fr": "Am\\u00e9lie 🎬"}, "gross": 1.10},\r\n {"id": "x"}]'
    result = land_and_clean(
        context,
        first.encode(),
        b'[{"id": 2.0, "gross": "7"}]',
        pagination={"type": "page_number"},
    )
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (3, 2, 1)
    assert staged(context) == [(1, "Amélie 🎬", "1.10"), (2, None, "7.00")]


def test_a_body_that_is_one_record(context: StepContext) -> None:
    body = b'{\n "id": 5,\n "names": {"fr": "A", "en": "B"}\n}'
    result = land_and_clean(context, body, single_record=True)
    assert (result.rows_in, result.rows_out) == (1, 1)
    assert staged(context) == [(5, "A", None)]


def test_columns_take_the_values_of_the_parent(context: StepContext) -> None:
    """Also where the record has a field of that name, is empty, or is not an object."""
    body = b'{"x": [{"id": 1, "gross": 1.10, "_parent": {"shop": "own"}}, {}, 7, {"id": "x"}]}'
    columns = COLUMNS | {"title": {"from": "_parent.shop", "type": "text"}}
    result = land_and_clean(
        context,
        body,
        columns=columns,
        path="films/{shop}",
        records="x",
        for_each={"path": "shops", "select": {"shop": "id"}},
    )
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (8, 2, 6)
    assert staged(context) == [(1, "A", "1.10"), (1, "Bé", "1.10")]
    quarantined = query(
        context.warehouse_url, "SELECT reasons, record FROM " + rejects(context) + " ORDER BY 2, 1"
    )
    records = [record for _, record in quarantined]
    assert {"_parent": {"shop": "Bé"}, "id": "x"} in records
    assert {"_parent": {"shop": "A"}} in records
    assert 7 in records


@pytest.mark.parametrize("size", [50, 40_000])
def test_many_megabytes_in_small_bodies_or_one(context: StepContext, size: int) -> None:
    """A part is cleaned within the memory that cleaning has, whatever the bodies' sizes."""
    films = [
        {"id": number, "names": {"fr": "é" * 400}, "gross": f"{number}.50"}
        for number in range(40_000)
    ]
    bodies = [
        json.dumps({"data": {"films": films[at : at + size]}}, ensure_ascii=False).encode()
        for at in range(0, len(films), size)
    ]
    assert sum(map(len, bodies)) > 30 * 1024**2
    paging = {"type": "page_number", "total_pages": "pages"}
    bodies = [b'{"pages": %d, %s' % (len(bodies), body[1:]) for body in bodies]
    result = land_and_clean(context, *bodies, records="data.films", pagination=paging)
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (40_000, 40_000, 0)
    assert staged(context, "count(*), sum(film_id)") == [(40_000, sum(range(40_000)))]


SPEC = """\
description: A list of 20 pages.
datasets:
  films:
    source:
      type: rest
      conn_id: films
      path: films
      pagination: {type: page_number}
    silver: {columns: {id: {type: bigint}}}
"""


@pytest.fixture
def films_run(tmp_path: Path, warehouse_db: str) -> PlanRun:
    """A pipeline with one dataset, whose connection is the test's to give."""
    (tmp_path / "specs" / "lab").mkdir(parents=True)
    (tmp_path / "specs" / "lab" / "films.yaml").write_text(SPEC)
    return PlanRun(
        plan=plan_of("lab.films", tmp_path),
        run_id="one",
        interval_end=landed.END,
        project_root=tmp_path,
        lake_root=tmp_path / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )


def landing(run: PlanRun) -> multiprocessing.process.BaseProcess:
    """A process that lands the films."""
    spawn = multiprocessing.get_context("spawn")
    return spawn.Process(target=run_task, args=(run, "films.land"))


def test_two_processes_share_the_requests_of_their_connection(films_run: PlanRun) -> None:
    """Each asks for 20 pages, both at once: together they take as long as one that asks for 40."""
    moments: list[float] = []
    both = threading.Barrier(2)

    def arrived(page: int) -> None:
        if page == 1:
            both.wait(60)
        moments.append(time.monotonic())

    bodies = [b'[{"id": %d}]' % number for number in range(1, 20)]
    with serving(*bodies, arrived=arrived) as connection:
        known = {"films": replace(connection, extra={"requests_per_second": 10})}
        run = replace(films_run, connections=known)
        children = [landing(replace(run, run_id=name)) for name in ("one", "other")]
        for child in children:
            child.start()
        for child in children:
            child.join(600)
    assert [child.exitcode for child in children] == [0, 0]
    assert len(moments) == 40
    # 38 slots of 0.1 s are 3.8 s, of which a busy server may see the first one late; alone it is
    # 1.9 s.
    assert max(moments) - min(moments) >= 2.8
    assert query(
        run.warehouse_url, "SELECT conn_id, requests >= 40 FROM medallion.request_budgets"
    ) == [("films", True)]


def test_killed_in_the_middle_of_50_pages_the_next_try_asks_only_for_the_rest(
    films_run: PlanRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    children: list[multiprocessing.process.BaseProcess] = []

    def arrived(page: int) -> None:
        asked.append(page)
        if page == 27 and len(asked) == 27:
            children[0].kill()

    bodies = [b'[{"id": %d, "text": "%s"}]' % (at, b"x" * 300) for at in range(1, 50)]
    with serving(*bodies, arrived=arrived) as connection:
        run = replace(films_run, connections={"films": connection})
        for _ in range(2):
            children.append(landing(run))
            children[-1].start()
            children[-1].join(600)
        undisturbed = replace(run, run_id="other", lake_root=run.lake_root / "other")
        run_task(undisturbed, "films.land")
    assert [child.exitcode for child in children] == [-signal.SIGKILL, 0]
    assert asked[:27] == list(range(1, 28))
    assert asked[27:51] == list(range(27, 51)), "26 pages were landed whole"
    assert asked[51:] == list(range(1, 51))
    rows = query(
        run.warehouse_url,
        "SELECT run_id, l.records, sha256, p.bytes FROM medallion.loads AS l"
        " JOIN medallion.landing_parts AS p USING (load_id) ORDER BY 1",
    )
    assert [row[:2] for row in rows] == [("one", 49), ("other", 49)]
    assert rows[0][2:] == rows[1][2:], "the very bytes of a run that nobody disturbed"
    files = {path.name for path in run.lake_root.rglob("*") if path.is_file()}
    assert files == {"manifest.json", "pages-00001.jsonl.gz"}
