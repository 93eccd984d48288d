"""What ties a spec to others, for its outline: in the guarded process, which has the spec."""

from __future__ import annotations

from medallion.spec.files.loaded import Attempt
from medallion.spec.rules.sharing import list_tables_read


def links_of(attempt: Attempt) -> dict[str, list[str]]:
    """What a valid spec offers others, and what it reads of them."""
    read = set(list_tables_read(attempt.loaded)) if attempt.loaded else set()
    return {
        "offers": sorted(map(str, attempt.tables)),
        "reads": sorted(map(str, read - attempt.tables.keys())),
    }
