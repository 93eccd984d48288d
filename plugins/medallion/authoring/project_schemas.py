"""JSON schemas that know the project: the committed ones, and the names of its datasets, tables,
columns, connections, roles and SQL files.

For editors that have JSON schemas and no language server. A name is proposed, never demanded: what
is not there yet is written first.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from medallion.authoring.completion import Facts
from medallion.authoring.files import author_files
from medallion.names import BI_READER, reader_of
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.sharing import EVERY_DOMAIN
from medallion.spec.models.unit_tests import TestsSpec
from medallion.spec.schema import SCHEMAS, schema
from medallion.workbench.comparison.sides import Side

FOLDER = ".medallion/schemas"
"""Where they are written: of this checkout alone, and not committed."""
Node = dict[str, Any]


def project_schemas(root: Path, side: Side) -> dict[str, str]:
    """The text of each schema's file, by its name.

    Args:
        root: the project's folder.
        side: its specs; of one that is refused, nothing is known.
    """
    names = _Names(Facts().after(side, author_files(root)), side)
    found = {}
    for name, model in SCHEMAS.items():
        made = schema(model)
        if model is PipelineSpec:
            made["allOf"] = [*made.get("allOf", ()), names.pipeline()]
        elif model is TestsSpec:
            made["allOf"] = [*made.get("allOf", ()), names.tests()]
        found[name] = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    return found


def write_schemas(root: Path, side: Side) -> list[Path]:
    """Write those that are not there yet or say something else; which ones."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in project_schemas(root, side).items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            draft = path.with_name(f".{name}.{secrets.token_hex(8)}")
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)  # an editor never reads half a file
            written.append(path)
    return written


class _Names:
    """Schemas of the places where a name is written."""

    def __init__(self, facts: Facts, side: Side) -> None:
        self._facts = facts
        self._domains = sorted({one.table.domain for one in side.all_tables.values()})
        self._datasets = sorted(
            {name for loaded in side.loaded.values() for name in loaded.spec.datasets}
        )
        self._roles = [BI_READER, *(reader_of(domain) for domain in self._domains)]
        self._by_dataset = self._columns("silver")
        self._by_gold = self._columns("gold")

    def pipeline(self) -> Node:
        """Of a pipeline's spec."""
        datasets = {name: self._dataset(columns) for name, columns in self._by_dataset.items()}
        gold = {name: self._gold(columns) for name, columns in self._by_gold.items()}
        return _keys(
            datasets={"properties": datasets, "additionalProperties": self._dataset(())},
            gold={"properties": gold, "additionalProperties": self._gold(())},
            alerts={"items": _keys(conn_id=self._connection())},
        )

    def tests(self) -> Node:
        """Of a file of unit tests."""
        given: Node = {name: {} for name in (*self._datasets, *self._facts.columns)}
        expected: Node = {name: {} for name in self._facts.columns}
        case = _keys(given={"properties": given}, expect={"properties": expected})
        return _keys(tests={"additionalProperties": case})

    def _columns(self, layer: str) -> Mapping[str, tuple[str, ...]]:
        """The columns of the tables of a layer, by their names without schema. Tables of two
        domains may share one: then those of both are proposed."""
        found: dict[str, dict[str, None]] = {}
        for name, columns in sorted(self._facts.columns.items()):
            schema_name, _, table = name.partition(".")
            if schema_name.startswith(f"{layer}_"):
                found.setdefault(table, {}).update(dict.fromkeys(columns))
        return {name: tuple(columns) for name, columns in found.items()}

    def _dataset(self, columns: Iterable[str]) -> Node:
        looked_up = _keys(dataset=_one_of(self._datasets))
        silver = {
            **self._table(columns),
            "columns": {"additionalProperties": _keys(lookup=looked_up)},
        }
        return _keys(
            source=_keys(conn_id=self._connection(), connection=self._connection()),
            silver={"properties": silver},
        )

    def _gold(self, columns: Iterable[str]) -> Node:
        files = sorted({one for some in self._facts.files.values() for one in some})
        said = {**self._table(columns), "sql": _one_of(files)}
        if known := tuple(columns):
            said |= {"columns": {"properties": {one: {} for one in known}},
                     "time_column": _one_of(known)}  # fmt: skip
        return {"properties": said}

    def _table(self, columns: Iterable[str]) -> Node:
        """What silver and gold have in common."""
        column = _one_of(columns)
        some = {"items": column}
        check = _keys(
            column=column, columns=some, column_list=some, column_set=some,
            column_A=column, column_B=column,
            to=_one_of(f"{table}.{one}" for table, known in sorted(self._facts.columns.items())
                       for one in known),
        )  # fmt: skip
        return {
            "primary_key": some,
            "grants": {"items": _one_of(self._roles)},
            "share_with": {"anyOf": [{"enum": [EVERY_DOMAIN]}, {"items": _one_of(self._domains)}]},
            "checks": {"items": {"additionalProperties": check}},
        }

    def _connection(self) -> Node:
        return _one_of(sorted(self._facts.connections))


def _keys(**properties: Node) -> Node:
    return {"properties": properties}


def _one_of(names: Iterable[str]) -> Node:
    """A name that is proposed, and any other value: what may stand there, the model says."""
    known = list(dict.fromkeys(names))
    return {"anyOf": [{"enum": known}, {}]} if known else {}


def is_used(root: Path) -> bool:
    """Whether somebody has asked for the schemas: then they are kept as the project is."""
    return (root / FOLDER).is_dir()
