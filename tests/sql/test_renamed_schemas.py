"""Other schemas in an author's SQL: where PostgreSQL's parser finds a name, and nowhere else."""

from __future__ import annotations

import pytest

from medallion.sql.postgres_select import read_select
from medallion.sql.renamed_schemas import rename_schemas

TO = {"silver_a": "silver_a__x", "gold_a": "gold_a__x"}


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("select * from silver_a.b", "select * from silver_a__x.b"),
        ('select * from "silver_a" . "b"', 'select * from silver_a__x . "b"'),
        ("SELECT * FROM SILVER_A.b", "SELECT * FROM silver_a__x.b"),
        # A column's name may begin with the schema, in any place that takes an expression.
        (
            "select silver_a.b.c, silver_a.b.* from silver_a.b order by silver_a.b.c",
            "select silver_a__x.b.c, silver_a__x.b.* from silver_a__x.b order by silver_a__x.b.c",
        ),
        # A text, a comment, another's schema, an alias, a CTE and a column are no schemas.
        (
            "select 'silver_a.b', silver_a.c /* silver_a.b */ from b as silver_a -- silver_a",
            "select 'silver_a.b', silver_a.c /* silver_a.b */ from b as silver_a -- silver_a",
        ),
        (
            "with silver_a as (select 1 as b) select b from silver_a join gold_a.c on true",
            "with silver_a as (select 1 as b) select b from silver_a join gold_a__x.c on true",
        ),
        # A row's field looks like a schema's table.
        (
            "select (silver_a.b).c from silver_b.t as silver_a, gold_a.d",
            "select (silver_a.b).c from silver_b.t as silver_a, gold_a__x.d",
        ),
        (
            "select 'é', (select max(n) from silver_a.b where d > :since) from gold_a.c",
            "select 'é', (select max(n) from silver_a__x.b where d > :since) from gold_a__x.c",
        ),
        (
            "select 1 from silver_a.b union all (select 1 from silver_a.c limit 1)",
            "select 1 from silver_a__x.b union all (select 1 from silver_a__x.c limit 1)",
        ),
        ("select from only silver_a.b, c", "select from only silver_a__x.b, c"),
        ("not sql at all", "not sql at all"),
    ],
)  # fmt: skip
def test_names_are_replaced_where_the_parser_finds_them(text: str, renamed: str) -> None:
    assert rename_schemas(text, TO, {"since"}) == renamed


def test_the_same_tables_are_read_in_the_other_schemas() -> None:
    text = (
        "select silver_a.b.c from silver_a.b join gold_a.c using (c) where exists (select from b.d)"
    )
    before = read_select(text, ()).relations
    after = read_select(rename_schemas(text, TO), ()).relations
    assert [(TO.get(one.schema, one.schema), one.name) for one in before] == [
        (one.schema, one.name) for one in after
    ]


def test_a_name_in_codes_is_refused() -> None:
    with pytest.raises(ValueError, match="a name in codes"):
        rename_schemas('select * from U&"silver\\005fa".b', TO)
