"""Every write disposition by its word in YAML: a new one is its file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.publish.append import APPEND
from medallion.publish.by_key import BY_KEY
from medallion.publish.by_time import BY_TIME
from medallion.publish.disposition import WriteDisposition
from medallion.publish.merge import Merge
from medallion.publish.replace import Replace
from medallion.publish.scd2 import Scd2
from medallion.publish.view import AS_VIEW

DISPOSITIONS: Mapping[str, WriteDisposition] = {
    disposition.name: disposition for disposition in (Replace(), Merge(), APPEND, Scd2())
}
"""Those that a dataset may name."""
_OF_GOLD: Mapping[str, WriteDisposition] = {one.name: one for one in (BY_TIME, BY_KEY, AS_VIEW)}
"""What `materialization` makes of a gold table, besides `replace`."""


def disposition_of(name: str) -> WriteDisposition:
    """The disposition that the registry calls so: one that YAML names, or that of a gold table
    which grows or is a view.

    >>> disposition_of("scd2").keeps_history, disposition_of("incremental_by_time").keeps_history
    (True, False)

    Raises:
        KeyError: there is none of that name.
    """
    return DISPOSITIONS.get(name) or _OF_GOLD[name]
