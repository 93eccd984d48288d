"""What specs declare, as people read it: of the versions that run now.

The DAG processor has compiled the specs and keeps the accepted ones; here they are only read. A
version is read once in a process: its text is named by its digest.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from medallion.catalogue.column_lineage import ColumnOrigins
from medallion.catalogue.declared_table import DeclaredTable, Exposure, tables_of
from medallion.catalogue.placed import place_id, place_table
from medallion.compiler.accepted import Accepted, read_accepted, read_state
from medallion.compiler.codec import Damaged, decode
from medallion.compiler.entries import Store
from medallion.errors import SetupError
from medallion.names import DagId, PublishedTable
from medallion.plan.attributions import collect_attributions
from medallion.plan.bi import BiDashboard
from medallion.plan.dashboards import dashboards_of
from medallion.plan.environment import Environment
from medallion.plan.settings import settings_of
from medallion.roots import dashboard_url
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.models.products import ProductSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPipeline:
    """One spec in the version that runs."""

    dag_id: DagId
    description: str
    owner: str
    schedule: str | None
    timezone: str
    spec_path: str
    digest: str
    retries: int
    retry_delay: timedelta
    domain_description: str
    contacts: tuple[str, ...]
    tables: tuple[DeclaredTable, ...]
    dashboards: tuple[BiDashboard, ...] = ()
    products: Mapping[str, ProductSpec] = field(default_factory=dict)
    """The data products of its domain, by their names."""
    domain_owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """All pipelines at one moment, and their tables by name."""

    pipelines: tuple[DeclaredPipeline, ...] = ()
    tables: Mapping[PublishedTable, DeclaredTable] = field(default_factory=dict)
    by_name: Mapping[str, PublishedTable] = field(default_factory=dict)
    """By what readers of the warehouse write: `silver_cinema.movies`."""
    readers: Mapping[PublishedTable, tuple[DeclaredTable, ...]] = field(default_factory=dict)
    """By table, those that are made of it."""
    origins: ColumnOrigins = field(default_factory=lambda: ColumnOrigins({}))
    """What the tables' columns are made of."""

    def of_domains(self, domains: frozenset[str]) -> Iterator[DeclaredTable]:
        """The tables of some domains, pipeline by pipeline, in the order of their specs."""
        return (table for table in self.tables.values() if table.table.domain in domains)

    def readers_of(self, table: PublishedTable) -> tuple[DeclaredTable, ...]:
        """The tables, of any domain, that are made of a table."""
        return self.readers.get(table, ())


class SpecShelf:
    """The accepted specs of a project, read again when the DAG processor has accepted others."""

    def __init__(
        self,
        root: Path,
        after_reading: Callable[[], None] = lambda: None,
        environment: Environment | None = None,
    ) -> None:
        """Read nothing yet.

        Args:
            root: the project's folder.
            after_reading: called once other specs have been read.
            environment: by whose names tables are known; None: production's.
        """
        self._after_reading = after_reading
        self._environment = environment
        self._root = Path(os.path.realpath(root))
        self._store = Store(self._root)
        self._lock = threading.Lock()
        self._accepted: dict[str, tuple[object, Mapping[str, Accepted]]] = {}
        self._pipelines: dict[str, DeclaredPipeline | None] = {}
        self._now = Declared()
        self._digests: tuple[str, ...] | None = None

    def now(self) -> Declared:
        """What runs now. Cheap where nothing has changed: a look at one file a domain."""
        with self._lock:
            digests = tuple(sorted(self._judge()))
            if digests != self._digests:
                self._now = self._read(digests)
                is_whole = all(self._pipelines.values())
                self._digests = digests if is_whole else None
                if is_whole:
                    self._after_reading()
            return self._now

    def _judge(self) -> Iterator[str]:
        for domain in self._domains():
            state = read_state(self._store, domain)
            known = self._accepted.get(domain)
            if known is None or known[0] != state:
                known = self._accepted[domain] = (state, read_accepted(self._store, domain))
            yield from (one.judged for one in known[1].values() if one.plan and one.judged)

    def _domains(self) -> list[str]:
        try:
            with os.scandir(self._root / SPECS_FOLDER) as entries:
                return [entry.name for entry in entries if entry.is_dir()]
        except OSError:
            return []

    def _read(self, digests: tuple[str, ...]) -> Declared:
        self._pipelines = {
            digest: self._pipelines.get(digest) or self._pipeline(digest) for digest in digests
        }
        pipelines = tuple(
            sorted(filter(None, self._pipelines.values()), key=lambda one: one.dag_id)
        )
        tables = {table.table: table for one in pipelines for table in one.tables}
        by_name = {str(table.public): table for table in tables}
        _add_dashboards(tables, by_name, pipelines)
        _add_attributions(tables)
        readers: dict[PublishedTable, tuple[DeclaredTable, ...]] = {}
        for one in tables.values():
            for name in one.upstream:
                if (read := by_name.get(str(name))) is not None:
                    readers[read] = (*readers.get(read, ()), one)
        return Declared(
            pipelines=pipelines,
            tables=tables,
            by_name=by_name,
            readers=readers,
            origins=ColumnOrigins({name: tables[table] for name, table in by_name.items()}),
        )

    def _pipeline(self, digest: str) -> DeclaredPipeline | None:
        """None where the text is gone: the DAG processor compiles the spec again."""
        try:
            attempt = decode(self._store.read_text(digest) or "")
        except Damaged:
            return None
        if not isinstance(attempt, Attempt) or attempt.loaded is None:
            return None
        found = _pipeline(attempt.loaded, attempt.data.decode("utf-8", "replace"))
        return found if self._environment is None else _place(found, self._environment)


def _place(pipeline: DeclaredPipeline, environment: Environment) -> DeclaredPipeline | None:
    """None: a name would be too long, and no DAG runs it."""
    try:
        return replace(
            pipeline,
            dag_id=place_id(pipeline.dag_id, environment),
            tables=tuple(place_table(one, environment) for one in pipeline.tables),
            dashboards=(),
            products={},
        )
    except SetupError:
        return None


def _add_dashboards(
    tables: dict[PublishedTable, DeclaredTable],
    by_name: Mapping[str, PublishedTable],
    pipelines: Iterable[DeclaredPipeline],
) -> None:
    """Each table that a dashboard reads, of whatever spec, has it among its exposures."""
    for board in (one for pipeline in pipelines for one in pipeline.dashboards):
        exposure = Exposure(
            name=board.name,
            type="dashboard",
            owner=board.owner,
            url=dashboard_url(board.slug),
            description=board.description or board.title,
            domain=board.domain,
        )
        for name in board.tables:
            table = by_name.get(str(name))
            if table is not None and not _has(tables[table], exposure):
                said = tables[table]
                tables[table] = replace(said, exposures=(*said.exposures, exposure))


def _add_attributions(tables: dict[PublishedTable, DeclaredTable]) -> None:
    """Each table has the texts that the licences of all its sources ask for."""
    said = {table.public: one.attribution for table, one in tables.items()}
    upstream = {table.public: one.upstream for table, one in tables.items()}
    for table, one in tables.items():
        found = collect_attributions(table.public, said, upstream)
        tables[table] = replace(one, attributions=found)


def _has(table: DeclaredTable, exposure: Exposure) -> bool:
    """Whether the table's spec names the dashboard itself."""
    own = exposure.domain == table.table.domain
    return own and any(
        (one.type, one.name) == (exposure.type, exposure.name) for one in table.exposures
    )


def _pipeline(loaded: LoadedSpec, text: str) -> DeclaredPipeline:
    settings = settings_of(loaded.spec, loaded.domain, (), loaded.calendar)
    return DeclaredPipeline(
        dag_id=loaded.dag_id,
        description=loaded.spec.description,
        owner=settings.owner,
        schedule=settings.describe_schedule() or None,
        timezone=settings.timezone,
        spec_path=loaded.spec_path,
        digest=loaded.digest,
        retries=settings.retries,
        retry_delay=settings.retry_delay,
        domain_description=loaded.domain.description,
        contacts=loaded.domain.contacts,
        tables=tuple(tables_of(loaded, settings, text)),
        dashboards=dashboards_of(loaded),
        products=loaded.domain.products,
        domain_owner=loaded.domain.owner or "",
    )
