"""The names of things as types: layers, DAGs, tables, and the schemas that hold them.

Every name that reaches the warehouse is made here, so that no two places glue it differently.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
"""Domains, pipelines, datasets, gold tables: 40 characters, which leaves PostgreSQL's 63 room."""

COLUMN_PATTERN = r"^[a-z][a-z0-9_]{0,62}$"
"""Columns of silver and gold: no leading underscore, which is kept for Medallion's own columns."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
ColumnName = Annotated[str, StringConstraints(pattern=COLUMN_PATTERN)]

SYSTEM_COLUMNS = frozenset(("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"))
"""The columns that PostgreSQL gives every table: no other may have their names."""

LOAD_ID = "_load_id"
BRONZE_PART = "_bronze_part"
BRONZE_RECORD = "_bronze_record"
DATA_INTERVAL_END = "_data_interval_end"
VALID_FROM, VALID_TO = "_valid_from", "_valid_to"
"""`scd2`: validity, half open; a NULL end: still valid."""
DELETED_AT = "_deleted_at"
"""`merge` with `missing_keys: soft_delete`: the end of the first interval without the row."""
PROVENANCE_COLUMNS = (LOAD_ID, BRONZE_PART, BRONZE_RECORD)
"""Every silver row: the load (medallion.loads), its part's number from 0, its record's from 1."""

REGISTRY_SCHEMA = "medallion"

WAREHOUSE_CONN_ID = "medallion_warehouse"
"""The Airflow connection of the loader role. Those of domains' roles begin with it."""

METRICS_CONN_ID = "medallion_metrics"
"""The one of a role that /medallion/metrics reads by, where an operator has made one."""
CATALOGUE_CONN_ID = "medallion_catalogue"
"""The same for the catalogue's pages."""

SPARK_CONN_ID = "medallion_spark"
"""The Airflow connection of the Spark that cleans what `engine: spark` asks it to."""

SUPERSET_CONN_ID = "medallion_superset"
"""The Airflow connection (type http) of the user who brings dashboards to Superset: an Admin."""
SUPERSET_WAREHOUSE_CONN_ID = f"{SUPERSET_CONN_ID}_warehouse"
"""The one (type postgres) that Superset itself reads the warehouse by."""

READER_PREFIX = "reader_"
WORKER_PREFIX = "worker_"
ENVIRONMENT_PREFIX = "environment_"
STAGING_WRITER_PREFIX = "staging_writer_"
METRICS_READER = "metrics"
CATALOGUE_READER = "catalogue"
JOURNAL_KEEPER = "journal_keeper"
LONGEST_ROLE = 63
"""Bytes: PostgreSQL cuts longer names."""

BI_READER = "bi_reader"
"""The role that reads gold, of every domain that grants it."""


def reader_of(domain: str) -> str:
    """The role that reads a domain's silver and gold.

    >>> reader_of("cinema")
    'reader_cinema'
    """
    return f"{READER_PREFIX}{domain}"


def worker_of(domain: str, database: str) -> str:
    """The role that a domain's SQL and checks run as. Roles belong to a whole server: the name of
    the database keeps two warehouses of one server apart.

    >>> worker_of("cinema", "warehouse")
    'worker_cinema__warehouse'
    """
    return _with_database(f"{WORKER_PREFIX}{domain}", database)


def staging_writer_of(staging: TableName, database: str) -> str:
    """The role that a cluster fills one staging table as, while it does.

    >>> staging_writer_of(TableName("staging_silver_cinema", "movies__f520a756d8"), "warehouse")
    'staging_writer_2dee05184f0c__warehouse'
    """
    digest = hashlib.sha256(str(staging).encode()).hexdigest()[:12]
    return _with_database(f"{STAGING_WRITER_PREFIX}{digest}", database)


def metrics_reader_of(database: str) -> str:
    """The role that /metrics reads the registry as.

    >>> metrics_reader_of("warehouse")
    'metrics__warehouse'
    """
    return _with_database(METRICS_READER, database)


def catalogue_reader_of(database: str) -> str:
    """The role that the catalogue's pages read the registry as.

    >>> catalogue_reader_of("warehouse")
    'catalogue__warehouse'
    """
    return _with_database(CATALOGUE_READER, database)


def journal_keeper_of(database: str) -> str:
    """The role that the journal belongs to. Nobody logs in as it.

    >>> journal_keeper_of("warehouse")
    'journal_keeper__warehouse'
    """
    return _with_database(JOURNAL_KEEPER, database)


def _with_database(role: str, database: str) -> str:
    name = f"{role}__{database}"
    if len(name.encode()) <= LONGEST_ROLE:
        return name
    digest = hashlib.sha256(database.encode()).hexdigest()[:12]
    return f"{role}__{digest}"


IN_ENVIRONMENT = "__"
"""Between a domain's name and that of an environment: no domain's own name has it."""


def base_domain(domain: str) -> str:
    """The domain whose specs a name is of, in an environment or not.

    >>> base_domain("cinema"), base_domain("cinema__alice"), base_domain("cinema___alice")
    ('cinema', 'cinema', 'cinema_')
    """
    # From the end: an environment's name has no underscore, a domain's may end with one.
    return domain.rpartition(IN_ENVIRONMENT)[0] or domain


def environment_of(domain: str) -> str:
    """The environment that a domain's name is of; empty: it is production's.

    >>> environment_of("cinema__alice"), environment_of("cinema"), environment_of("cinema___alice")
    ('alice', '', 'alice')
    """
    found, _, name = domain.rpartition(IN_ENVIRONMENT)
    return name if found else ""


def is_of_environment(schema: str) -> bool:
    """Whether a schema of published tables is that of an environment.

    >>> is_of_environment("gold_cinema__alice"), is_of_environment("gold_cinema")
    (True, False)
    """
    return IN_ENVIRONMENT in schema and schema.startswith(("silver_", "gold_"))


def environment_role_of(environment: str, database: str) -> str:
    """The role that runs of an environment work as.

    >>> environment_role_of("alice", "warehouse")
    'environment_alice__warehouse'
    """
    return _with_database(f"{ENVIRONMENT_PREFIX}{environment}", database)


class Layer(StrEnum):
    """The three layers of the medallion architecture."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class Area(StrEnum):
    """The schemas beside a public one that readers have no rights on."""

    STORE = "store"
    STAGING = "staging"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table's schema and name, unquoted.

    >>> str(TableName("silver_cinema", "movies"))
    'silver_cinema.movies'
    """

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    @classmethod
    def parse(cls, text: str) -> TableName:
        """The name in a text of `str`. The schema ends at the first dot.

        >>> TableName.parse("gold_cinema.brands")
        TableName(schema='gold_cinema', table='brands')
        """
        schema, _, table = text.partition(".")
        return cls(schema, table)


FRESHNESS = TableName("medallion_bi", "freshness")
"""The view that says in words how fresh each gold table is; a row only of those that whoever asks
may read."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PublishedTable:
    """A table that readers see, and where its versions, staging and quarantine live.

    >>> movies = PublishedTable(layer=Layer.SILVER, domain="cinema", name="movies")
    >>> str(movies.public), str(movies.version(3)), str(movies.staging("ab12"))
    ('silver_cinema.movies', 'store_silver_cinema.movies__v3', 'staging_silver_cinema.movies__ab12')
    """

    layer: Layer
    domain: str
    name: str

    @classmethod
    def of(cls, public: TableName) -> PublishedTable:
        """The table that readers know by this name.

        >>> PublishedTable.of(TableName("gold_cinema", "brands"))
        PublishedTable(layer=<Layer.GOLD: 'gold'>, domain='cinema', name='brands')

        Raises:
            ValueError: its schema is not that of a layer.
        """
        layer, _, domain = public.schema.partition("_")
        return cls(layer=Layer(layer), domain=domain, name=public.table)

    @property
    def gated_layers(self) -> tuple[str, ...]:
        """The layers whose gates judge the table's rows, as the registry has them: of a dataset its
        landings' too.

        >>> PublishedTable.of(TableName("silver_cinema", "movies")).gated_layers
        ('bronze', 'silver')
        """
        own = (Layer.GOLD,) if self.layer is Layer.GOLD else (Layer.BRONZE, Layer.SILVER)
        return tuple(map(str, own))

    def key(self) -> dict[str, object]:
        """As the registry's columns have it.

        >>> PublishedTable.of(TableName("silver_cinema", "movies")).key()
        {'layer': 'silver', 'domain': 'cinema', 'table_name': 'movies'}
        """
        return {"layer": str(self.layer), "domain": self.domain, "table_name": self.name}

    def schema(self, area: Area | None = None) -> str:
        """`silver_cinema`, for readers; of an area `store_silver_cinema`, closed to them."""
        public = f"{self.layer}_{self.domain}"
        return public if area is None else f"{area}_{public}"

    @property
    def public(self) -> TableName:
        """The view that readers query."""
        return TableName(self.schema(), self.name)

    @property
    def quarantine(self) -> TableName:
        """The table that keeps rows that did not pass, with their reasons; readers have no rights
        on it."""
        return TableName(self.schema(Area.QUARANTINE), self.name)

    def version(self, number: int) -> TableName:
        """The table of one version: `store_silver_cinema.movies__v3`. No number is used twice."""
        return TableName(self.schema(Area.STORE), f"{self.name}__v{number}")

    def staging(self, run_key: str) -> TableName:
        """The table in which one run prepares its rows. It exists from clean or build to
        publish."""
        return TableName(self.schema(Area.STAGING), f"{self.name}__{run_key}")

    def as_whole(self, run_key: str) -> TableName:
        """The view of the whole table as it would be after a run of it; it exists while its gate
        looks at it."""
        return TableName(self.schema(Area.STAGING), f"{self.name}__{run_key}__whole")

    def as_select(self, run_key: str) -> TableName:
        """Of a gold table that is a view: the SELECT of one run, until its publication."""
        return TableName(self.schema(Area.STAGING), f"{self.name}__{run_key}__select")

    def rejects(self, run_key: str) -> TableName:
        """The table of rows that one run quarantined, until its publication commits them."""
        return TableName(self.schema(Area.STAGING), f"{self.name}__{run_key}__rejects")

    def part_list(self, run_key: str) -> TableName:
        """The list of the landed parts that a cluster has cleaned; it exists while it cleans."""
        return TableName(self.schema(Area.STAGING), f"{self.name}__{run_key}__parts")


@dataclass(frozen=True, slots=True, order=True)
class DagId:
    """`<domain>.<pipeline>`, from the path of the spec and from nothing else."""

    domain: str
    pipeline: str

    def __str__(self) -> str:
        return f"{self.domain}.{self.pipeline}"

    @classmethod
    def parse(cls, text: str) -> DagId | None:
        """The id in `text`; None if its parts do not match NAME_PATTERN: the DAG is not a
        pipeline's.

        >>> DagId.parse("cinema.box_office"), DagId.parse("example_dag")
        (DagId(domain='cinema', pipeline='box_office'), None)
        """
        domain, dot, pipeline = text.partition(".")
        named = re.match(NAME_PATTERN, domain) and re.match(NAME_PATTERN, pipeline)
        return cls(domain, pipeline) if dot and named else None


def run_key(dag_id: str, run_id: str) -> str:
    """A short name for one run of one DAG, fit for a table's name or a folder: 10 hex digits.

    >>> run_key("cinema.box_office", "scheduled__2026-01-31T00:00:00+00:00")
    'f520a756d8'
    """
    return hashlib.sha256(f"{dag_id}\n{run_id}".encode()).hexdigest()[:10]
