"""Contracts in a folder: read, brought up to date, and compared with what specs publish now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medallion.errors import SetupError
from medallion.workbench.contracts.changes import compare_contracts, next_version
from medallion.workbench.contracts.document import (
    Contract,
    render_contract,
    write_contract,
)
from medallion.workbench.contracts.facts import ContractFacts
from medallion.workbench.contracts.kept import KeptDocument
from medallion.workbench.contracts.server import ServerAddress
from medallion.workbench.imports.base.document import read_document

_TYPE_KEYS = ("logicalType", "physicalType", "logicalTypeOptions", "items")


def read_contract(path: Path) -> Mapping[str, Any]:
    """A contract from a file.

    Raises:
        SetupError: the file cannot be read, or holds something else than a contract of ODCS 3.
    """
    data = read_document(path).data
    version = str(data.get("apiVersion", ""))
    if data.get("kind") != "DataContract" or not version.startswith("v3"):
        raise SetupError(
            f"{path.name} is not a data contract of the Open Data Contract Standard 3",
            remedy="it begins with `kind: DataContract` and `apiVersion: v3.1.0`",
        )
    return data


def update_contract(
    facts: ContractFacts, path: Path | None, server: ServerAddress | None = None
) -> KeptDocument:
    """The contract of a table, in the version that follows from what has changed since its file.

    What cannot be known now and the file says stays: types of columns, and the server.

    Args:
        path: of its file; None, or one that is not there: it is a new contract.

    Raises:
        SetupError: the file is there and cannot be read.
    """
    made = write_contract(facts, server=server)
    name = str(facts.declared.table.public)
    if path is None or not path.exists():
        return KeptDocument(
            name=name, document=made, version=made["version"], text=render_contract(made),
            is_new=True,
        )  # fmt: skip
    before = read_contract(path)
    made = _carry_over(before, made)
    changes = compare_contracts(before, made)
    made["version"] = next_version(str(before.get("version", "")), changes) or made["version"]
    return KeptDocument(
        name=name, document=made, version=made["version"], text=render_contract(made),
        changes=changes,
    ).beside(path)  # fmt: skip


def _carry_over(before: Mapping[str, Any], made: Contract) -> Contract:
    known = {
        (str(table.get("name")), str(one.get("name"))): one
        for table, one in _properties(before)
        if one.get("physicalType")
    }
    for table, one in _properties(made):
        earlier = known.get((table["name"], one["name"]))
        if earlier and "physicalType" not in one:
            kept = {key: earlier[key] for key in _TYPE_KEYS if key in earlier}
            said = {key: one.pop(key) for key in list(one) if key not in ("id", "name")}
            one.update({**kept, **said})
    servers = before.get("servers")
    if not servers or "servers" in made:
        return made
    found: Contract = {}
    for key, value in made.items():  # in the order of `write_contract`
        if key == "schema":
            found["servers"] = servers
        found[key] = value
    return found


def _properties(contract: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for table in list_mappings(contract.get("schema")):
        for one in list_mappings(table.get("properties")):
            yield table, one


def list_mappings(said: object) -> list[dict[str, Any]]:
    """The mappings of a list; none where it is something else."""
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
