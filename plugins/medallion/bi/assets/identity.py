"""Names that stay: UUIDs, slugs, paths of files."""

from __future__ import annotations

import re
import uuid

from medallion.bi.assets.documents import Kind

_NAMESPACE = uuid.UUID("6b3f0c52-6a52-5a2e-9d0e-5a1c5f3a7b10")
"""Of Medallion's assets. Never another one: every object of every Superset would be a new one."""


def uuid_of(project: str, kind: Kind, key: str) -> str:
    """The UUID of an object: of the same project, kind and key the same for ever.

    >>> uuid_of("shop", "dataset", "gold_cinema.brands")
    'ac842236-4f35-5698-be99-d3ff243e696a'
    """
    return str(uuid.uuid5(_NAMESPACE, "\n".join((project, kind, key))))


def slug_of(*parts: str) -> str:
    """A part of a path or an address: letters, digits, hyphens and underscores.

    >>> slug_of("cinema", "Brands & genres")
    'cinema-brands-genres'
    """
    return "-".join(re.sub(r"[^a-z0-9_]+", "-", part.lower()).strip("-") for part in parts)


def path_of(kind: Kind, name: str, folder: str = "") -> str:
    """Where an object's file is in a bundle.

    >>> path_of("dataset", "gold_cinema.brands", "warehouse")
    'datasets/warehouse/gold_cinema.brands.yaml'
    """
    return "/".join(part for part in (f"{kind}s", folder, f"{name}.yaml") if part)
