"""Files with a column for each year: the years are data."""

from __future__ import annotations

import re

from medallion.sources.formats.table import FORMATS
from medallion.workbench.inference.sample import DataSample

YEARS = r"/^(19|20)\d\d$/"
"""What `unpivot` of such a file says: next year's column is read when it comes."""
FEWEST = 3


def year_columns(sample: DataSample) -> list[str]:
    """The columns that are named by years; empty where there are few, or the records have no
    columns."""
    if not FORMATS[sample.manifest.layout.format].has_columns:
        return []
    found = [one.name for one in sample.fields if re.fullmatch(YEARS.strip("/"), one.name)]
    return found if len(found) >= FEWEST else []
