"""Data products: tables that a domain offers together, to people who build on them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from medallion.durations import Duration
from medallion.model import SpecModel
from medallion.names import Name

TABLE_PATTERN = r"^(silver|gold)_[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}$"
LINK_PATTERN = r"^(https?://\S+)?$"
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Status = Literal["draft", "active", "deprecated", "retired"]
Link = Annotated[str, Field(pattern=LINK_PATTERN, max_length=2000)]


class ProductLevels(SpecModel):
    """What the owner promises of a product."""

    update_within: Duration | None = None
    """How old its tables are at most: 26h."""
    availability: float | None = Field(default=None, gt=0, le=100)
    """In how many percent of the time readers can read it: 99.5."""
    answer_within: Duration | None = None
    """How long a question waits for an answer at most: 2d."""


class ProductSupport(SpecModel):
    """Where readers ask."""

    contact: str = Field(default="", max_length=200)
    """An address or a channel; by default the first of the domain's `contacts`."""
    hours: str = Field(default="", max_length=200)
    """When somebody answers: weekdays, 9 to 17 in Paris."""
    url: Link = ""
    """Where it is documented: https://…"""


class ProductTerms(SpecModel):
    """What readers may do with a product."""

    usage: str = Field(default="", max_length=512)
    """What it may be used for."""
    restrictions: str = Field(default="", max_length=255)
    """What it may not be used for."""
    notice_days: int | None = Field(default=None, ge=0, le=3650)
    """How many days before it ends, or breaks, its readers hear of it."""


class ProductConsumer(SpecModel):
    """Somebody who builds on a product."""

    name: Text
    """A team, an application or a report."""
    contact: str = Field(default="", max_length=200)
    """Whom to tell about changes."""
    purpose: str = Field(default="", max_length=2000)
    """What it needs the product for."""


class ProductSpec(SpecModel):
    """Tables that a domain offers together."""

    title: str = Field(default="", max_length=200)
    """What people call it; by default its name."""
    description: Text
    """What is in it, in a sentence."""
    purpose: Text
    """What it is for."""
    tables: tuple[Annotated[str, Field(pattern=TABLE_PATTERN)], ...] = Field(
        strict=False, min_length=1, max_length=100
    )
    """Published tables: gold_cinema.brand_performance. Another domain's only where its spec shares
    it with this one."""
    owner: str = Field(default="", max_length=200)
    """Who answers for it; by default the domain's owner."""
    status: Status = "active"
    """draft: not promised yet. deprecated: it will end. retired: it has ended, and its page says
    so."""
    levels: ProductLevels = ProductLevels()
    """What its owner promises."""
    support: ProductSupport = ProductSupport()
    """Where readers ask."""
    terms: ProductTerms = ProductTerms()
    """What readers may do with it."""
    consumers: tuple[ProductConsumer, ...] = Field(default=(), strict=False, max_length=200)
    """Who builds on it, as far as it is known."""
    tags: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=(), strict=False, max_length=50
    )
    """Words to find it by."""


Products = Annotated[dict[Name, ProductSpec], Field(max_length=100)]
