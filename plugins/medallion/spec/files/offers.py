"""What a file of specs/ offers others: its tables, with whom they are shared, and who may read
them.

It is taken from the YAML as it is, so a spec that is broken elsewhere still offers its tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.names import Layer, TableName
from medallion.spec.cache.yaml import read_yaml_once
from medallion.spec.files.evidence import note_names
from medallion.spec.files.refusals import display_path
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.models.each_table import with_tables
from medallion.spec.models.sharing import EVERY_DOMAIN, ShareWith
from medallion.spec.yaml.problems import YamlRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A table that a file wants to publish.

    `key` is its place in the spec: `datasets.movies.silver`, `gold.brands`.
    """

    path: str
    name: str
    key: str
    share_with: ShareWith = ()
    grants: tuple[str, ...] = ()


def offers_of(raw: Mapping[str, Any], domain: str, path: str) -> dict[TableName, Offer]:
    """The tables that a file offers, by name.

    Args:
        raw: the file's YAML, which need not be valid.
        domain: its folder.
        path: the file, below the project's root.
    """
    return dict(_offers(with_tables(raw), domain, path))


def offers_of_domain(root: Path, domain: str) -> dict[TableName, Offer] | None:
    """What all files of a domain offer; None if one cannot be read, so that the answer is unknown.

    Args:
        root: the project's folder, resolved.
        domain: its folder below specs/.
    """
    offers: dict[TableName, Offer] = {}
    note_names(root / SPECS_FOLDER / domain, "*.yaml")
    for path in sorted((root / SPECS_FOLDER / domain).glob("*.yaml")):
        try:
            data = read_bounded(path, root / SPECS_FOLDER)
            offers |= offers_of(read_yaml_once(data, root), domain, display_path(path, root))
        except (FileRefused, YamlRefused, OSError):
            return None
    return offers


def _offers(raw: Mapping[str, Any], domain: str, path: str) -> Iterator[tuple[TableName, Offer]]:
    for key, layer in (("datasets", Layer.SILVER), ("gold", Layer.GOLD)):
        for name, said in _mapping(raw.get(key)).items():
            place = f"{key}.{name}" + (".silver" if layer is Layer.SILVER else "")
            table = _mapping(said)
            if layer is Layer.SILVER:
                table = _mapping(table.get("silver"))
            everyone = table.get("share_with") == EVERY_DOMAIN
            yield (
                TableName(f"{layer}_{domain}", name),
                Offer(
                    path=path,
                    name=name,
                    key=place,
                    share_with="public" if everyone else _texts(table.get("share_with")),
                    grants=_texts(table.get("grants")),
                ),
            )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    listed: Sequence[object] = value if isinstance(value, list) else ()
    return tuple(text for text in listed if isinstance(text, str))
