"""Every write disposition by its word in YAML: a new one is its file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.publish.append import Append
from medallion.publish.disposition import WriteDisposition
from medallion.publish.merge import Merge
from medallion.publish.replace import Replace
from medallion.publish.scd2 import Scd2

DISPOSITIONS: Mapping[str, WriteDisposition] = {
    disposition.name: disposition for disposition in (Replace(), Merge(), Append(), Scd2())
}
