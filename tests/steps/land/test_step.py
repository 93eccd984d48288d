"""Land: from a source to bronze and the registry, and again after each way of failing."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from medallion.errors import (
    LakeError,
    LakeUnavailable,
    SourceRefused,
    SourceUnavailable,
    WarehouseUnavailable,
)
from medallion.lake.reader import read_manifest, verify
from medallion.names import Layer, PublishedTable
from medallion.plan.model import LandStep
from medallion.replay import REPLAY_TOKEN, Faults, Limits, ReplayServer, Throttled
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.file.source import FileSource
from medallion.sources.tmdb.source import TmdbSource
from medallion.steps.context import StepContext
from medallion.steps.land import step as land
from medallion.steps.run import run_step
from medallion.warehouse.registry import records as registry

BRANDS_FILE = "include/data/cinema/brands.csv"
BRANDS = LandStep(
    table=PublishedTable(layer=Layer.SILVER, domain="cinema", name="brands"),
    source=FileSource(type="file", path=BRANDS_FILE),
)
MOVIES = LandStep(
    table=PublishedTable(layer=Layer.SILVER, domain="cinema", name="movies"),
    source=TmdbSource(type="tmdb", endpoint="discover/movie"),
)


@pytest.fixture
def context(tmp_path: Path, warehouse_db: str) -> StepContext:
    (tmp_path / BRANDS_FILE).parent.mkdir(parents=True)
    (tmp_path / BRANDS_FILE).write_text("Marque;Total\nPokémon;1\nAstérix;2\n")
    return StepContext(
        run=Run(
            dag_id="cinema.box_office",
            run_id="scheduled__2026-01-01",
            interval_start=datetime(2026, 1, 1, tzinfo=UTC),
            interval_end=datetime(2026, 1, 2, tzinfo=UTC),
            spec_digest="digest",
        ),
        task_id="brands.land",
        try_number=1,
        project_root=tmp_path,
        lake_root=str(tmp_path / "lake"),
        warehouse_url=warehouse_db,
        connection={}.__getitem__,
        log=logging.getLogger("medallion.test"),
    )


def to_tmdb(context: StepContext, server: ReplayServer) -> StepContext:
    """The context in which the connection of TMDB leads to this server."""
    tmdb = ConnectionDetails(
        conn_id="tmdb_default", host="127.0.0.1", port=server.port, password=REPLAY_TOKEN
    )
    return replace(context, connection={"tmdb_default": tmdb}.__getitem__)


def loads(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT load_id, dataset, manifest_uri, records, bytes FROM medallion.loads"
        ).fetchall()


def test_a_landing_is_in_the_lake_and_in_the_registry(context: StepContext) -> None:
    result = land.run(BRANDS, context)
    manifest = read_manifest(result.reference)
    verify(manifest)
    assert (result.rows_in, result.rows_out, manifest.records) == (2, 2, 2)
    assert result.details == {
        "load_id": manifest.load_id,
        "parts": 1,
        "bytes": manifest.bytes,
        "encoding": "utf-8",
        "delimiter": ";",
    }
    assert manifest.source == {
        "type": "file",
        "format": "csv",
        "path": BRANDS_FILE,
    }
    assert loads(context.warehouse_url) == [
        (manifest.load_id, "brands", manifest.uri, 2, manifest.bytes)
    ]
    with psycopg.connect(context.warehouse_url) as connection:
        parts = connection.execute("SELECT part_no, uri, records FROM medallion.landing_parts")
        assert parts.fetchall() == [(0, f"{manifest.uri}/brands.csv", 2)]
        load = registry.load_of(connection, context.run, BRANDS.table)
        assert (load.load_id, load.manifest_uri) == (manifest.load_id, manifest.uri)


def test_landed_again_the_run_keeps_its_load_and_points_to_the_newer_landing(
    context: StepContext,
) -> None:
    first = land.run(BRANDS, context)
    (context.project_root / BRANDS_FILE).write_text("Marque;Total\nPokémon;1\n")
    second = land.run(BRANDS, replace(context, try_number=2))
    assert first.reference != second.reference
    assert first.details["load_id"] == second.details["load_id"]
    verify(read_manifest(first.reference))
    [(_, _, uri, records, _)] = loads(context.warehouse_url)
    assert (uri, records) == (second.reference, 1)
    with psycopg.connect(context.warehouse_url) as connection:
        parts = connection.execute("SELECT records FROM medallion.landing_parts")
        assert parts.fetchall() == [(1,)]


def test_runs_do_not_mix(context: StepContext) -> None:
    one = land.run(BRANDS, context)
    other = land.run(BRANDS, replace(context, run=replace(context.run, run_id="manual__now")))
    assert one.details["load_id"] != other.details["load_id"]
    assert one.reference != other.reference
    assert len(loads(context.warehouse_url)) == 2


def test_a_source_that_fails_leaves_no_landing_and_the_next_try_succeeds(
    context: StepContext,
) -> None:
    films = [{"id": at, "release_date": f"2001-01-{at:02d}"} for at in range(1, 11)]
    limits = Limits(page_size=4, requests_per_second=1000)
    with ReplayServer(films=films, limits=limits) as server:
        context = to_tmdb(context, server)
        first = land.run(MOVIES, replace(context, run=replace(context.run, run_id="earlier")))
        assert first.rows_out == 10
        server.add_faults(Faults(answers=(Throttled("0"), Throttled("9999"))))
        with pytest.raises(SourceUnavailable):
            land.run(MOVIES, context)
        with (
            psycopg.connect(context.warehouse_url) as connection,
            pytest.raises(LakeError, match="has no landing of movies"),
        ):
            registry.load_of(connection, context.run, MOVIES.table)
        result = land.run(MOVIES, context)
    assert result.rows_out == 10
    assert result.details["films_on_no_page"] == 0
    folder = Path(result.reference).parent
    assert len(list(folder.iterdir())) == 2, "one landing a run, nothing of the failed try"


def test_killed_between_manifest_and_registry_the_next_try_lands_again(
    context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(registry, "close_load", die)
        land.run(BRANDS, context)
    result = land.run(BRANDS, context)
    [(load_id, _, uri, _, _)] = loads(context.warehouse_url)
    assert (load_id, uri) == (result.details["load_id"], result.reference)


def test_without_a_warehouse_the_source_is_not_asked(context: StepContext) -> None:
    with ReplayServer(films=[]) as server:
        lost = replace(
            to_tmdb(context, server), warehouse_url="postgresql://u:s3cr3t@127.0.0.1:1/x"
        )
        with pytest.raises(WarehouseUnavailable) as unavailable:
            land.run(MOVIES, lost)
        assert server.requests == ()
    assert "s3cr3t" not in str(unavailable.value)


def test_a_file_is_read_only_while_the_domain_may_read_it(context: StepContext) -> None:
    root = context.project_root
    bakery = root / "include/data/bakery/a.csv"
    bakery.parent.mkdir()
    bakery.write_text("Marque;Total\nBrioche;1\n")
    (root / BRANDS_FILE).unlink()
    (root / BRANDS_FILE).symlink_to(bakery)  # after the spec was found valid
    with pytest.raises(SourceRefused, match="whose links are followed, is in no folder"):
        land.run(BRANDS, context)
    access = root / "specs/access.yaml"
    access.parent.mkdir()
    access.write_text("files: {cinema: [include/data/bakery]}\n")
    assert land.run(BRANDS, context).rows_out == 1
    access.write_text("files: {bakery: [include/data/bakery]}\n")
    with pytest.raises(SourceRefused, match="is in no folder"):
        land.run(BRANDS, context)


def test_a_full_lake_is_left_empty_and_tried_again(
    context: StepContext, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = replace(context, lake_root=str(small_disk))
    (context.project_root / BRANDS_FILE).write_text("Marque;Total\n" + "Pokémon;1\n" * 200_000)
    with caplog.at_level(logging.WARNING), pytest.raises(LakeUnavailable) as full:
        run_step(BRANDS, context)
    assert full.value.retryable
    assert "No space left on device" in full.value.problem
    assert not [path for path in small_disk.rglob("*") if path.is_file()]
    (context.project_root / BRANDS_FILE).write_text("Marque;Total\nPokémon;1\n")
    (small_disk / "of somebody else").write_bytes(b"x" * 1_000_000)
    assert run_step(BRANDS, context).rows_out == 1
    assert "make room before the lake is full" in caplog.text
