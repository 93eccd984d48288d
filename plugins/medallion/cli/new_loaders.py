"""Who has loaded the tables of a schema: one list has tables of one tool, or of none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from medallion.cli.new_database import find_loader
from medallion.cli.new_loaded import Loaded
from medallion.errors import MedallionError, SourceRefused
from medallion.sources.base.source import ExtractRequest
from medallion.sources.kinds import TABLE_TYPES
from medallion.sources.loaded_tables.table import LoadedTable
from medallion.spec.models.each_table import DATABASE, own_tables_of, path_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLoaders:
    """By table, who has loaded it (None: no tool that is known here); or why it was not seen."""

    found: Mapping[str, Loaded | None] = field(default_factory=dict)
    failed: Mapping[str, MedallionError] = field(default_factory=dict)

    def find_kind(self) -> str:
        """The type of source of most tables; of as many, a tool's. What a tool keeps for itself
        counts for none.

        >>> TableLoaders(found={"orders": None}).find_kind()
        'database'
        """
        kinds = Counter(
            one.kind if one else DATABASE
            for table, one in self.found.items()
            if not any(is_own(table, kind) for kind in TABLE_TYPES)
        )
        return max(kinds, key=lambda kind: (kinds[kind], kind != DATABASE), default=DATABASE)

    def hold(self, table: str, kind: str) -> Loaded | None:
        """Who has loaded a table of a list of this type.

        Raises:
            MedallionError: somebody else has, or it could not be looked at.
        """
        if table in self.failed:
            raise self.failed[table]
        loaded = self.found[table]
        own = loaded.kind if loaded else DATABASE
        if own != kind:
            raise SourceRefused(_say_other(own, kind), remedy="make a pipeline of its own for it")
        return loaded


def look_at_tables(
    names: Iterable[str], conn_id: str, schema: str, request: ExtractRequest
) -> TableLoaders:
    """Look at the columns of each table."""
    found: dict[str, Loaded | None] = {}
    failed: dict[str, MedallionError] = {}
    for table in names:
        try:
            found[table] = find_loader(conn_id, path_of(schema, table), request)
        except MedallionError as error:
            failed[table] = error
    return TableLoaders(found=found, failed=failed)


def is_own(table: str, kind: str) -> bool:
    """Whether a tool keeps a table for itself.

    >>> is_own("_dlt_loads", "dlt"), is_own("_dlt_loads", "database")
    (True, False)
    """
    return any(fnmatchcase(table, pattern) for pattern in own_tables_of(kind))


def _say_other(own: str, kind: str) -> str:
    tool = _tool_of(own)
    return f"{tool} has loaded it" if tool else f"{_tool_of(kind)} has not loaded it"


def _tool_of(kind: str) -> str:
    model = TABLE_TYPES[kind]
    return model.tool if issubclass(model, LoadedTable) else ""
