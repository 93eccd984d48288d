"""The ways of paging and of authentication that a spec may name, as types that read a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from medallion.sources.rest.auth import AUTHS, OneAuth
from medallion.sources.rest.pagination import PAGINATIONS
from medallion.sources.rest.paging import Paging

if TYPE_CHECKING:
    Pagination = Paging
    Auth = OneAuth
else:
    Pagination = Annotated[Union[PAGINATIONS], Field(discriminator="type")]  # noqa: UP007
    Auth = Annotated[Union[AUTHS], Field(discriminator="type")]  # noqa: UP007
