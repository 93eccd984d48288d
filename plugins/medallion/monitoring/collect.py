"""The values of all metrics, from what the registry and Airflow have said: a pure function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import accumulate, groupby

from medallion.disk import Room
from medallion.monitoring import families as known
from medallion.monitoring.exposition import Sample, Series
from medallion.monitoring.families import Family
from medallion.warehouse.registry.figures import SECONDS
from medallion.warehouse.registry.measures import Figure, Measures, TableMeasures


@dataclass(frozen=True, slots=True, kw_only=True)
class AirflowMeasures:
    """What Airflow's metadata say. Heartbeats in seconds since 1970, by component."""

    import_errors: int = 0
    refused_specs: Mapping[str, int] = field(default_factory=dict)
    heartbeats: Mapping[str, float] = field(default_factory=dict)
    pipelines: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By domain and state of the latest run."""


def collect(
    measures: Measures | None, airflow: AirflowMeasures | None = None, room: Room | None = None
) -> list[Series]:
    """Every metric that has a value.

    Args:
        measures: of the registry; None: it did not answer.
        airflow: None: it was not asked.
        room: on the disk of a local lake.
    """
    found = [_series(known.WAREHOUSE_UP, [((), float(measures is not None))])]
    found += _of_registry(measures) if measures else []
    found += _of_airflow(airflow) if airflow else []
    if room:
        found.append(_series(known.DISK_FREE, [((), float(room.free))]))
        found.append(_series(known.DISK_SIZE, [((), float(room.total))]))
    return found


_Value = tuple[tuple[str, ...], float]


def _series(family: Family, values: Iterable[_Value]) -> Series:
    return Series(family=family, samples=(Sample(words, value) for words, value in values))


def _of_registry(measures: Measures) -> Iterator[Series]:
    kept = _Kept.of(measures)
    tables = measures.tables[: known.MOST_TABLES]
    yield _series(known.ROWS, _rows(tables))
    for family, value in _OF_TABLES.items():
        yield _series(family, _by_table(tables, value))
    yield _series(known.LAKE_BYTES, (
        ((t.domain, t.name), float(t.lake_bytes)) for t in tables if t.layer == "silver"
    ))  # fmt: skip
    yield from _of_figures(kept)
    yield _series(known.LEFT_OUT, (((kind,), float(n)) for kind, n in kept.left_out.items()))


def _rows(tables: Sequence[TableMeasures]) -> Iterator[_Value]:
    for t in tables:
        place = (t.domain, t.layer, t.name)
        yield (*place, "published"), float(t.rows_published)
        yield (*place, "quarantined"), float(t.rows_quarantined)
        yield (*place, "deduplicated"), float(t.rows_deduplicated)
        yield (*place, "discarded"), float(t.rows_discarded)


def _lateness(t: TableMeasures) -> float | None:
    if t.state is None:
        return None
    return 2.0 if t.state == "error" else float(t.is_late)


_OF_TABLES: Mapping[Family, Callable[[TableMeasures], float | None]] = {
    known.PUBLICATIONS: lambda t: float(t.publications),
    known.QUARANTINE_OPEN: lambda t: float(t.quarantine_open),
    known.TABLE_ROWS: lambda t: None if t.rows is None else float(t.rows),
    known.PUBLISHED_AT: lambda t: t.published_at,
    known.FRESHNESS: _lateness,
}
"""What a table has one value of, or none."""


def _by_table(
    tables: Sequence[TableMeasures], value_of: Callable[[TableMeasures], float | None]
) -> Iterator[_Value]:
    for t in tables:
        value = value_of(t)
        if value is not None:
            yield (t.domain, t.layer, t.name), value


_OF_CONNECTIONS: Mapping[str, Family] = {
    "used": known.REQUESTS_USED,
    "allowed": known.REQUESTS_ALLOWED,
    "waiting": known.MESSAGES_WAITING,
}
"""By kind of figure, what a connection has one value of, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The figures of tables, domains and connections within the limits, by kind."""

    figures: Mapping[str, Sequence[Figure]]
    left_out: Mapping[str, int]

    @classmethod
    def of(cls, measures: Measures) -> _Kept:
        every = measures.figures
        domains = dict.fromkeys(t.domain for t in measures.tables)
        domains |= dict.fromkeys(f.domain for f in every if f.domain)
        connections = list(dict.fromkeys(f.name for f in every if f.kind in _OF_CONNECTIONS))
        limits = _Limits(
            tables={(t.domain, t.name) for t in measures.tables[: known.MOST_TABLES]},
            domains=set(list(domains)[: known.MOST_DOMAINS]),
            connections=set(connections[: known.MOST_CONNECTIONS]),
        )
        figures: dict[str, list[Figure]] = defaultdict(list)
        for figure in every:
            if limits.hold(figure):
                figures[figure.kind].append(figure)
        left_out = {
            "table": max(0, len(measures.tables) - known.MOST_TABLES),
            "domain": len(domains) - len(limits.domains),
            "connection": len(connections) - len(limits.connections),
        }
        return cls(figures=figures, left_out=left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    tables: Set[tuple[str, str]]
    domains: Set[str]
    connections: Set[str | None]

    def hold(self, figure: Figure) -> bool:
        """Whether it is of a domain, a table and a connection that have metrics."""
        if figure.domain is None:
            return figure.kind == "watched" or figure.name in self.connections
        if figure.name is None:
            return figure.domain in self.domains
        return figure.domain in self.domains and (figure.domain, figure.name) in self.tables


def _of_figures(kept: _Kept) -> Iterator[Series]:
    figures = kept.figures
    yield _series(known.CHECKS, (
        (_words(f.domain, f.layer, f.word, f.outcome), float(f.number))
        for f in figures.get("checks", ())
    ))  # fmt: skip
    yield _series(known.NOT_PASSED, (
        (_words(f.domain, f.layer, f.name, f.word), float(f.number))
        for f in figures.get("not_passed", ())
    ))  # fmt: skip
    yield _durations(figures.get("steps", ()))
    yield _series(known.WATCHED_AT, (((), float(f.number)) for f in figures.get("watched", ())))
    for kind, family in _OF_CONNECTIONS.items():
        values = ((_words(f.name), float(f.number)) for f in figures.get(kind, ()))
        yield _series(family, values)


def _durations(figures: Sequence[Figure]) -> Series:
    """Prometheus' buckets count what is at most so long, so each has the smaller ones in it."""
    samples: list[Sample] = []
    for words, ranges in groupby(figures, lambda f: _words(f.domain, f.word, f.outcome)):
        tasks: dict[float, int] = dict.fromkeys(SECONDS, 0)
        seconds = 0.0
        for one in ranges:
            tasks[one.at_most or 0.0] = one.number
            seconds += one.seconds or 0.0
        totals = list(accumulate(tasks[end] for end in sorted(tasks)))
        samples += (
            Sample(words=words, value=float(n), suffix="_bucket", le=_end(end))
            for end, n in zip(sorted(tasks), totals, strict=True)
        )
        samples.append(Sample(words=words, value=float(totals[-1]), suffix="_count"))
        samples.append(Sample(words=words, value=seconds, suffix="_sum"))
    return Series(family=known.STEP_SECONDS, samples=tuple(samples))


def _end(seconds: float) -> str:
    return "+Inf" if seconds == float("inf") else str(seconds)


def _words(*values: str | None) -> tuple[str, ...]:
    return tuple(value or "" for value in values)


def _of_airflow(airflow: AirflowMeasures) -> Iterator[Series]:
    yield _series(known.IMPORT_ERRORS, [((), float(airflow.import_errors))])
    yield _series(known.REFUSED_SPECS, (
        ((domain,), float(n)) for domain, n in sorted(airflow.refused_specs.items())
    ))  # fmt: skip
    yield _series(known.HEARTBEAT, (
        ((name,), at) for name, at in sorted(airflow.heartbeats.items())
    ))  # fmt: skip
    yield _series(known.PIPELINES, (
        (words, float(n)) for words, n in sorted(airflow.pipelines.items())
    ))  # fmt: skip
