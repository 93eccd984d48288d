"""Specs of every hostile kind against a real DAG processor and Airflow's real metadata database."""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

HERE = Path(__file__).parent
WHOLE = HERE.parent / "spec/whole.yaml"
MORE = HERE.parent / "spec/whole_more.yaml"
WHOLE_DOMAIN = HERE.parent / "spec/whole_domain.yaml"
EXTREMES: dict[type, tuple[Any, ...]] = {
    str: ("x" * 101, "x" * 300, "a\0b", "\x1b[2J", "99999999999999999d", "1" * 400, "x" * 3000),
    int: (-1, 2**31 - 1, 2**31, 2**63 - 1, 10**39),
    float: (1e308, 5e-324),
    bool: (True, False),
    date: (date(1, 1, 1), date(9999, 12, 31)),
    datetime: (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
    list: ([], ["x" * 300], ["a", "a"]),
}  # fmt: skip

BEYOND = {kind: values[-3:] for kind, values in EXTREMES.items()}
"""Of each the ones that are furthest out."""

WITNESS = """\
description: The one that must survive.
datasets:
  witness:
    source: {type: file, path: include/data/shop/witness.csv}
    silver: {columns: {day: {type: date}}}
"""

STAND_IN = """\
import sys
if "medallion.compiler.worker" in sys.orig_argv:
    import runpy
    sys.argv = ["hostile_worker"]
    runpy.run_path(r"{worker}", run_name="__main__")
    raise SystemExit
"""


@pytest.fixture(scope="module")
def metadata(
    tmp_path_factory: pytest.TempPathFactory, embedded_postgres: Any, pg_url: str
) -> Iterator[dict[str, str]]:
    """The environment of an Airflow with a migrated database of its own, and its URL."""
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE airflow_parsing")
    url = embedded_postgres.url("airflow_parsing")
    home = tmp_path_factory.mktemp("airflow_home")
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url.replace("postgresql", "postgresql+psycopg2", 1),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(HERE.parents[1] / "plugins"),  # it has a timetable
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACKS": "False",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
        # Not what ends a parse on a machine that is busy: see AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT
        # in tests/conftest.py.
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "400",
    }
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"], env=env, check=True, capture_output=True
    )
    yield {**env, "URL": url}
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE airflow_parsing WITH (FORCE)")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        yield path, value
        for at, one in enumerate(value):
            yield from leaves(one, (*path, at))
    else:
        yield path, value


def with_extremes(
    whole: dict[str, Any], extremes: dict[type, tuple[Any, ...]] = EXTREMES
) -> Iterator[dict[str, Any]]:
    """A spec with one value of it replaced by an extreme one."""
    for path, value in leaves(whole):
        for extreme in extremes.get(type(value), extremes[str]):
            changed = copy.deepcopy(whole)
            holder = changed
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = extreme
            yield changed


def variants() -> Iterator[dict[str, Any]]:
    """The specs that use every key, with one value replaced; of the second one a dataset at a time,
    for they do not need each other."""
    yield from with_extremes(yaml.safe_load(WHOLE.read_text()))
    more = yaml.safe_load(MORE.read_text())
    datasets, head = more.pop("datasets"), {"description": more["description"]}
    for name, dataset in datasets.items():
        for changed in with_extremes(dataset, BEYOND):
            yield {**head, "datasets": {name: changed}}
    yield from with_extremes(more, BEYOND)


def domain_variants() -> Iterator[dict[str, Any]]:
    """A domain.yaml that uses every key, with one value replaced."""
    return with_extremes(yaml.safe_load(WHOLE_DOMAIN.read_text()))


def as_yaml(spec: dict[str, Any]) -> str:
    """By libyaml where there is one: there are thousands."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(spec, Dumper=dumper, allow_unicode=False))


@pytest.mark.slow
def test_no_value_of_a_spec_is_more_than_airflows_database_takes(
    metadata: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(HERE.parent / "spec/broken/include", tmp_path / "include")
    folder = tmp_path / "specs/shop"
    folder.mkdir(parents=True)
    written = 0
    for written, variant in enumerate(variants(), 1):
        (folder / f"v{written}.yaml").write_text(as_yaml(variant))
    shutil.copy(WHOLE, folder / "v0.yaml")
    shutil.copy(MORE, folder / "v00.yaml")
    for number, variant in enumerate(domain_variants()):
        other = tmp_path / f"specs/shop_{number}"
        other.mkdir()
        (other / "domain.yaml").write_text(as_yaml(variant))
        (other / "v.yaml").write_text(WITNESS.replace("shop", other.name))
    done = subprocess.run(
        [sys.executable, str(HERE / "sync_dags.py"), str(tmp_path)],
        env={**metadata, "MEDALLION_PROJECT_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    valid = int(done.stdout.split()[-1])
    assert 0 < valid < written
    with psycopg.connect(metadata["URL"]) as connection:
        rows = connection.execute(
            "SELECT count(DISTINCT dag_id) FROM serialized_dag WHERE dag_id LIKE 'shop%'"
        ).fetchone()
    assert rows == (valid,)


@pytest.mark.slow
def test_a_witness_survives_every_kind_of_hostile_spec(
    metadata: dict[str, str], tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shop, dags, site = root / "specs/shop", root / "dags", tmp_path / "site"
    for folder in (shop, dags, site, root / "specs/office"):
        folder.mkdir(parents=True)
    for file in ("medallion_pipelines.py", "medallion_invalid_specs.py"):
        shutil.copy(HERE.parents[1] / "dags" / file, dags)
    worker = HERE.parent / "compiler/hostile_worker.py"
    (site / "sitecustomize.py").write_text(STAND_IN.format(worker=worker))
    hostile = hostile_specs()
    for name, text in hostile.items():
        (shop / f"{name}.yaml").write_bytes(text)
    (shop / "witness.yaml").write_text(WITNESS)
    (root / "specs/office/witness.yaml").write_text(WITNESS.replace("shop", "office"))
    subprocess.run(
        [sys.executable, "-m", "airflow", "dag-processor", "--num-runs", "4"],
        env={
            **metadata,
            "PYTHONPATH": os.pathsep.join([str(site), str(HERE.parents[1] / "plugins")]),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "MEDALLION_PROJECT_ROOT": str(root),
            "MEDALLION_COMPILE_SECONDS": "1.5",
            "MEDALLION_COMPILE_MEMORY_MB": "256",
        },
        check=True,
        capture_output=True,
    )
    with psycopg.connect(metadata["URL"]) as connection:
        alive = connection.execute(
            "SELECT dag_id FROM dag WHERE NOT is_stale AND dag_id LIKE '%.%'"
            " AND dag_id NOT LIKE 'shop.v%' ORDER BY 1"
        ).fetchall()
        errors = dict(
            connection.execute("SELECT filename, stacktrace FROM import_error").fetchall()
        )
    own = [
        "medallion.access_journal",
        "medallion.freshness",
        "medallion.maintenance",
        "medallion.replay_quarantine",
        "medallion.restate",
    ]
    assert [name for (name,) in alive] == [*own, "office.witness", "shop.witness"]
    assert list(errors) == ["domains/shop/refused_specs.py"]
    (said,) = errors.values()
    assert said.startswith(f"{len(hostile)} files of the domain shop cannot be used.")
    assert all(f"  specs/shop/{name}.yaml" in said for name in hostile)
    assert "Traceback" not in said


def hostile_specs() -> dict[str, bytes]:
    """A spec of each kind that has taken others down somewhere."""
    columns = "silver: {columns: {day: {type: integer}}"
    head = "description: A.\ndatasets:\n  NAME:\n"
    source = "    source: {type: file, path: include/data/shop/a.csv}\n"
    filtered = head + source + "    " + columns + ', filter: "KIND > 1"}\n'
    specs = {kind: filtered.replace("KIND", kind) for kind in ("spin", "grow", "crash")}
    good = head + source + "    " + columns + "}\n"
    specs |= {
        "yaml_deep": "a: " + "[" * 5000,
        "yaml_alias": "a: &a [1]\nb: [*a, *a]\n",
        "yaml_cut": "datasets: [",
        "yaml_list": "- a\n",
        "empty": "",
        "nul": good.replace("A.", '"a\\0b"'),
        "tag": good + f"tags: [{'x' * 300}]\n",
        "owner": good + f"owner: {'x' * 3000}\n",
        "runs": good + "max_active_runs: 99999999999\n",
        "retries": good + "retries: 99999999999\n",
        "delay": good + "retry_delay: 999999999999d\n",
        "schedule": good + 'start_date: 2026-01-01\nschedule: "* * * * 99"\n',
        "start": good + "start_date: 0001-01-01\n",
        "many": "description: A.\ndatasets:\n" + "".join(f"  t{n}: {{}}\n" for n in range(2000)),
        "sql": "description: A.\ngold:\n  NAME: {sql: ../../../etc/passwd}\n",
    }
    texts = {name: text.replace("NAME", name).encode() for name, text in specs.items()}
    return {**texts, "bytes": b"\xff\xfe\x00", "big": b"#" * (2 << 20)}
