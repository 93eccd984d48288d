"""What the query of an address asks for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from medallion.catalogue.overview import Filters


class TablesAsked(BaseModel):
    """Which tables, and which page of them; empty: everything."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(default="", max_length=200)
    """Words that all occur in the table's name, description, owner or DAG."""
    domain: str = Field(default="", max_length=40)
    layer: str = Field(default="", max_length=10)
    """`silver` or `gold`."""
    state: str = Field(default="", max_length=20)
    """`failed`, `stale`, … or `attention` for all that need somebody."""
    owner: str = Field(default="", max_length=250)
    page: int = Field(default=1, ge=1, le=10_000)

    def filters(self) -> Filters:
        """As the overview takes them."""
        return Filters(**self.model_dump(exclude={"page"}))
