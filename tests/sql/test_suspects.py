"""Where in a SELECT a value may be wrong."""

from __future__ import annotations

import pytest

from medallion.sql.postgres_select import select_tree
from medallion.sql.suspects import suspects


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("22012", "select 'é', a «/ b, c «% 2, «mod(a, b), a * b from s.t where x «/ 2 > 1 -- /"),
        ("22012", "with w as (select 1 «/ n as r from s.t) select r from w union select 1 «/ m"),
        ("2201E", "select «ln(a), exp(a), «log(2, a) from s.t"),
        ("2201F", "select «sqrt(a), a «^ b, «|/ a, «power(a, b) from s.t"),
        ("22P02", "select a«::int, «cast(b as numeric), lower(c) from s.t"),
        ("22007", "select «to_date(a, 'YYYY'), b«::date from s.t"),
        ("22003", "select a «+ b, c«::smallint, «sum(d) from s.t"),
        ("21000", "select «(select n from s.u) from s.t"),
        ("42703", "select a / b from s.t"),
    ],
)
def test_only_what_may_raise_the_error_is_named(code: str, text: str) -> None:
    pieces = text.split("«")
    plain = "".join(pieces)
    places = [len("".join(pieces[: at + 1])) for at in range(len(pieces) - 1)]
    tree = select_tree(plain, ())
    assert tree is not None
    assert list(suspects(plain, tree, code)) == places
