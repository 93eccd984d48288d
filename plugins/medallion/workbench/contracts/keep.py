"""Contracts in a folder: read, brought up to date, and compared with what specs publish now."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.errors import SetupError
from medallion.workbench.contracts.changes import (
    ContractChange,
    compare_contracts,
    next_version,
)
from medallion.workbench.contracts.document import (
    ENDING,
    Contract,
    render_contract,
    write_contract,
)
from medallion.workbench.contracts.facts import ContractFacts
from medallion.workbench.contracts.server import ServerAddress
from medallion.workbench.imports.base.document import read_document

_TYPE_KEYS = ("logicalType", "physicalType", "logicalTypeOptions", "items")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptContract:
    """The contract of one table, beside what its file said before.

    Attributes:
        table: as readers write it.
        contract: what it says now.
        changes: since the file; of a new one none.
        is_new: there was no file.
        text: of the file as it should be.
        same: the file is so already.
    """

    table: str
    contract: Contract
    changes: tuple[ContractChange, ...] = ()
    is_new: bool = False
    text: str = ""
    same: bool = False


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
) -> KeptContract:
    """The contract of a table, in the version that follows from what has changed since its file.

    What cannot be known now and the file says stays: types of columns, and the server.

    Args:
        path: of its file; None, or one that is not there: it is a new contract.

    Raises:
        SetupError: the file is there and cannot be read.
    """
    made = write_contract(facts, server=server)
    table = str(facts.declared.table.public)
    if path is None or not path.exists():
        text = render_contract(made)
        return KeptContract(table=table, contract=made, is_new=True, text=text)
    before = read_contract(path)
    made = _carry_over(before, made)
    changes = compare_contracts(before, made)
    made["version"] = next_version(str(before.get("version", "")), changes) or made["version"]
    text = render_contract(made)
    same = path.read_text(encoding="utf-8") == text
    return KeptContract(table=table, contract=made, changes=changes, text=text, same=same)


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


def write_kept(kept: KeptContract, path: Path) -> None:
    """Write the file; who reads it meanwhile gets the former one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.write_text(kept.text, encoding="utf-8")
    draft.replace(path)


def find_left_over(folder: Path, tables: Iterable[str]) -> list[str]:
    """The files of contracts in a folder whose tables no spec publishes."""
    known = {f"{table}{ENDING}" for table in tables}
    if not folder.is_dir():
        return []
    return sorted(one.name for one in folder.glob(f"*{ENDING}") if one.name not in known)
