from __future__ import annotations

import duckdb
import pytest
from sqlglot import exp

from medallion.cleaning.verbs import VERBS, Verb, applied, steps_of

EXAMPLES = [(verb, given, wanted) for verb in VERBS for given, wanted in verb.examples]


def cleaned(verb: str, text: str | None) -> str | None:
    value: exp.Expr = exp.cast(exp.Placeholder(), "text")
    query = exp.select(exp.alias_(value, "value"))
    for step in steps_of([verb]):
        query = exp.select(exp.alias_(applied(step, exp.column("value")), "value")).from_(
            query.subquery("t")
        )
    row = duckdb.connect().execute(query.sql(dialect="duckdb"), [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("verb", "given", "wanted"), EXAMPLES, ids=[f"{v.name}-{g}" for v, g, _ in EXAMPLES]
)
def test_the_examples_are_true(verb: Verb, given: str, wanted: str) -> None:
    assert cleaned(verb.name, given) == wanted


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_null_stays_null(verb: Verb) -> None:
    assert cleaned(verb.name, None) is None
