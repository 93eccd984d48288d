"""What the licences of sources ask for, by table: of its own spec and of all before it."""

from __future__ import annotations

from pathlib import Path

from medallion.plan.attributions import attributions_of
from medallion.plan.make import make_plan
from medallion.sources.tmdb.source import ATTRIBUTION
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

TOWNS = """\
description: Towns.
datasets:
  towns:
    attribution: "Source: INSEE, Licence Ouverte 2.0"
    source: {type: file, path: include/data/geo/towns.csv}
    silver: {columns: {code: {type: text}}, share_with: public}
gold:
  codes: {sql: codes.sql, share_with: public}
"""
FILMS = """\
description: Films.
datasets:
  films:
    source: {type: tmdb, endpoint: discover/movie}
    silver: {columns: {id: {type: bigint, from: id}}}
  prices:
    source: {type: file, path: include/data/cinema/prices.csv}
    silver: {columns: {id: {type: bigint}}}
gold:
  by_town: {sql: by_town.sql}
  dear: {sql: dear.sql}
"""


def test_a_table_says_what_all_its_sources_ask_for(tmp_path: Path) -> None:
    for domain in ("geo", "cinema"):
        (tmp_path / "specs" / domain).mkdir(parents=True)
        (tmp_path / "include/sql" / domain).mkdir(parents=True)
    (tmp_path / "specs/geo/towns.yaml").write_text(TOWNS)
    (tmp_path / "specs/cinema/films.yaml").write_text(FILMS)
    queries = {
        "geo/codes": "select code from silver_geo.towns",
        "cinema/by_town": "select f.id, c.code from silver_cinema.films f, gold_geo.codes c",
        "cinema/dear": "select id from silver_cinema.prices",
    }
    for name, query in queries.items():
        (tmp_path / f"include/sql/{name}.sql").write_text(query)
    loaded = load_all(tmp_path, sql_reader(tmp_path))
    assert loaded.issues == ()
    found = attributions_of(make_plan(one) for one in loaded.specs)
    insee = "Source: INSEE, Licence Ouverte 2.0"
    assert {str(table): texts for table, texts in found.items()} == {
        "silver_geo.towns": (insee,),
        "gold_geo.codes": (insee,),
        "silver_cinema.films": (ATTRIBUTION,),
        "silver_cinema.prices": (),
        "gold_cinema.by_town": (ATTRIBUTION, insee),
        "gold_cinema.dear": (),
    }
