"""The Movie Database (TMDB) API v3."""

from __future__ import annotations

from typing import Literal

from medallion.sources.base import SourceModel

ParamValue = str | int | float | bool


class TmdbSource(SourceModel):
    """An endpoint of TMDB's API v3, paged to its end."""

    type: Literal["tmdb"]
    conn_id: str = "tmdb_default"
    """The Airflow connection: its password is a v4 bearer token or a v3 API key."""
    endpoint: Literal["discover/movie", "genre/movie/list"]
    """The path below /3."""
    params: dict[str, ParamValue] = {}
    """Query parameters as TMDB documents them; `page` and the key are Medallion's own."""

    def conn_ids(self) -> tuple[str, ...]:
        return (self.conn_id,)
