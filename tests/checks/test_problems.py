"""What is wrong with a check is reported at once, with a remedy, and nothing is ever raised."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.checks.aliases import ALIASES
from medallion.checks.argument_values import value_problems
from medallion.checks.catalogue import expectations, finds_failing_rows
from medallion.checks.declaration import CheckSpec, OnFailure
from medallion.checks.problems import CheckProblem, check_problems
from medallion.checks.ranges import PART
from medallion.checks.resolve import resolve
from medallion.names import Layer

COLUMNS = ("film_id", "title", "vote", "released")
SILVER, BRONZE, GOLD = Layer.SILVER, Layer.BRONZE, Layer.GOLD


def check(name: str, *, on_failure: str = "fail", **arguments: Any) -> CheckSpec:
    return CheckSpec.model_validate({name: {**arguments, "on_failure": on_failure}})


def reported(
    declared: CheckSpec, layer: Layer = SILVER, columns: tuple[str, ...] | None = COLUMNS
) -> str:
    """All problems in one text."""
    return "\n".join(
        f"{'.'.join(p.where) or '-'}: {p.problem} → {p.remedy}"
        for p in check_problems(declared, layer, columns)
    )


ANY_NUMBER = {
    ("expect_column_value_z_scores_to_be_less_than", "threshold"),
    ("expect_multicolumn_sum_to_equal", "sum_total"),
    *(
        (f"expect_column_{figure}_to_be_between", bound)
        for figure in ("max", "min", "mean", "median", "sum", "values")
        for bound in ("min_value", "max_value")
    ),
}
"""Arguments that may be any number."""


def test_every_number_has_a_range_or_is_any_number() -> None:
    """Whatever GX adds: it is in one of the two tables."""
    numbers = {
        (name, argument)
        for name, entry in expectations().items()
        for argument, types in entry.arguments.items()
        if {"number", "integer"} & set(types.split("|")) and argument != "mostly"
    }
    ranged = {
        (name, argument)
        for name, entry in expectations().items()
        for argument in entry.traits.ranges
    }
    assert not ranged & ANY_NUMBER
    assert ranged | ANY_NUMBER == numbers


@pytest.mark.parametrize("name", sorted(expectations()))
def test_a_number_out_of_its_range_is_reported(name: str) -> None:
    for argument, kind in {**expectations()[name].traits.ranges, "mostly": PART}.items():
        if argument not in expectations()[name].arguments:
            continue
        for value in (kind.low - 1, *([kind.high + 1] if kind.high < inf else [])):
            found = list(value_problems(name, {argument: value}))
            assert (argument, f"{argument} is {value}", kind.what) in found
        good = list(value_problems(name, {argument: kind.high if kind.high < inf else 1}))
        assert not [problem for problem in good if problem[2] == kind.what]


GOOD = [
    check("not_null", column="title", mostly=0.9),
    check("unique", column="film_id"),
    check("unique", columns=["film_id", "title"], on_failure="quarantine"),
    check("accepted_values", column="title", values=["a", 1, True]),
    check("between", column="vote", min_value=0, max_value=10, strict_max=True),
    check("between", column="released", min_value="1900-01-01", on_failure="quarantine"),
    check("matches", column="title", regex=r"^[[:alpha:]]+\y"),
    check("row_count", min_value=1),
    check("foreign_key", column="film_id", to="silver_cinema.movies.movie_id"),
    check("fresh", column="released", max_age="26h"),
    check(
        "expect_column_quantile_values_to_be_between",
        column="vote",
        quantile_ranges={"quantiles": [0.5], "value_ranges": [[1, 9]]},
    ),
    check(
        "expect_column_values_to_not_be_null",
        column="title",
        row_condition='col("film_id") > 3',
    ),
]


@pytest.mark.parametrize("declared", GOOD, ids=lambda c: c.name)
def test_a_good_check_has_no_problem(declared: CheckSpec) -> None:
    assert reported(declared) == ""


WRONG: list[tuple[CheckSpec, str]] = [
    (check("not_nul", column="title"), "-: there is no check 'not_nul' → did you mean 'not_null'?"),
    (check("relationships"), "did you mean 'foreign_key'?"),
    (check("entirely_else"), "the short names are not_null"),
    (
        check("not_null", column="titel"),
        "column: there is no column 'titel' → did you mean 'title'",
    ),
    (check("not_null", field="title"), "field: not_null takes no 'field' → did you mean 'column'?"),
    (check("not_null", column="title", severity="warning"), "did you mean 'on_failure'?"),
    (check("between", column="vote", maximum=3), "did you mean 'max_value'?"),
    (check("accepted_values", column="title", value_set=["a"]), "did you mean 'values'?"),
    (check("not_null"), "-: not_null needs 'column'"),
    (check("not_null", column=3), "column: column is text, not 3"),
    (check("not_null", column="title", mostly=0), "mostly: mostly is 0"),
    (check("not_null", column="title", mostly=95), "mostly: mostly is 95"),
    (check("not_null", column="title", mostly=float("nan")), "mostly is a number, not nan"),
    (check("row_count", min_value=1, mostly=0.5), "mostly: row_count takes no 'mostly'"),
    (check("row_count", min_value=1.5), "min_value: min_value is a whole number, not 1.5"),
    (check("row_count", min_value=float("inf")), "min_value is a whole number, not inf"),
    (check("row_count"), "row_count has no bound"),
    (check("between", column="vote"), "between has no bound"),
    (check("between", column="vote", min_value=3, max_value=1), "min_value 3 is above max_value 1"),
    (check("between", column="vote", min_value=3, max_value="2026-01-01"), "are of two kinds"),
    (
        check("between", column="vote", min_value="2026-02-01", max_value="20260131"),
        "min_value 2026-02-01 is above max_value 20260131",
    ),
    (
        check("between", column="vote", min_value=3, max_value=3, strict_min=True),
        "nothing lies strictly between 3 and 3",
    ),
    (check("between", column="title", min_value="a"), "is a number or a date or time, not 'a'"),
    (check("matches", column="title", regex="("), "'(' cannot be matched in silver: a ( is not"),
    (check("matches", column="title", regex="^[A-Z]{,3}$"), "write {0,n} for at most n times"),
    (
        check("expect_column_values_to_match_regex_list", column="title", regex_list=["a", "a++"]),
        "regex_list: 'a++' cannot be matched in silver: ++ is possessive",
    ),
    (check("expect_column_values_to_match_regex", column="title"), "without regex passes"),
    (check("unique"), "unique takes either column or columns"),
    (check("unique", column="title", columns=["vote"]), "unique takes either column or columns"),
    (check("unique", columns=["title", "title"]), "columns names a column twice"),
    (check("unique", columns=["title", "votes"]), "there is no column 'votes'"),
    (check("expect_compound_columns_to_be_unique", column_list=["vote"]), "one is not enough"),
    (check("accepted_values", column="title", values=["a", None]), "null in values says nothing"),
    (
        check("accepted_values", column="title", values=[]),
        "values is a list of one value or more, not []",
    ),
    (check("foreign_key", column="film_id", to="movies"), "to: 'movies' is not a column of a"),
    (check("fresh", column="released", max_age="1 day"), "is a duration such as 26h"),
    (
        check(
            "expect_column_quantile_values_to_be_between",
            column="vote",
            quantile_ranges={"quantiles": [0.5, 0.9], "value_ranges": [[1, 9]]},
        ),
        "2 quantiles, 1 value_ranges",
    ),
    (
        check(
            "expect_column_values_to_not_be_null",
            column="title",
            row_condition='col("votes") > 3',
        ),
        "row_condition: there is no column 'votes'",
    ),
    (
        check("expect_column_values_to_not_be_null", column="title", row_condition="vote > 3"),
        "is not one condition in GX's own language",
    ),
    (
        check("expect_column_values_to_match_strftime_format", column="title", strftime_format="x"),
        "cannot be checked in silver: GX does not know it for postgres → put it on bronze",
    ),
    (check("row_count", min_value=1, on_failure="quarantine"), "does not judge single rows"),
    (
        check(
            "expect_multicolumn_values_to_be_equal",
            column_list=["title", "vote"],
            on_failure="quarantine",
        ),
        "its failing rows are not to be found one by one",
    ),
    (
        check(
            "expect_column_values_to_not_be_null",
            column="title",
            row_condition='col("vote") > 3',
            on_failure="quarantine",
        ),
        "rows cannot be quarantined by a check with a row_condition",
    ),
]


@pytest.mark.parametrize(("declared", "words"), WRONG, ids=lambda value: str(value)[:60])
def test_a_wrong_check_is_reported_with_its_remedy(declared: CheckSpec, words: str) -> None:
    assert words in reported(declared)


BRONZE_WRONG = [
    (check("not_null", column="x", on_failure="quarantine"), "no row of it can be quarantined"),
    (check("foreign_key", column="x", to="silver_a.b.c"), "put it on silver or gold"),
    (check("fresh", column="x", max_age="1h"), "a landing holds no dates yet"),
    (check("between", column="x", max_value="2026-01-01"), "max_value: between cannot be checked"),
    (
        check("expect_column_values_to_be_unique", column="x", row_condition='col("x") > 3'),
        "the check sees x as texts, its row_condition compares a number",
    ),
    (
        check(
            "expect_column_values_to_be_between",
            column="x",
            min_value=1,
            row_condition='col("x") != "a"',
        ),
        "the check sees x as numbers, its row_condition compares a text",
    ),
    (
        check(
            "expect_column_values_to_not_be_null",
            column="x",
            row_condition='col("y") > date("2026-01-01")',
        ),
        "a landing holds no dates yet",
    ),
    (check("matches", column="x", regex=r"\mstar"), r"\m is PostgreSQL's alone"),
    (check("matches", column="x", regex="^(?!a)"), "looks around, which RE2 does not"),
    (
        check("expect_column_values_to_match_like_pattern", column="x", like_pattern="a%"),
        "cannot be checked in bronze: GX does not know it for pandas → put it on silver or gold",
    ),
]


@pytest.mark.parametrize(("declared", "words"), BRONZE_WRONG, ids=lambda value: str(value)[:60])
def test_what_bronze_cannot_do_is_reported(declared: CheckSpec, words: str) -> None:
    assert words in reported(declared, BRONZE, None)


@pytest.mark.parametrize("layer", [BRONZE, SILVER])
@pytest.mark.parametrize("regex", [r"\b(?P<year>\d{4})\b", r"\yx[[:digit:]]", "(?i)x"])
def test_a_regex_is_good_at_each_layer(regex: str, layer: Layer) -> None:
    assert reported(check("matches", column="x", regex=regex), layer, None) == ""


def test_columns_that_are_not_known_yet_are_not_asked_for() -> None:
    assert reported(check("not_null", column="whatever"), GOLD, None) == ""


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates()
)
_VALUES = st.one_of(
    _SCALARS,
    st.sampled_from(["2026-01-01", "1h", "(", r"\b", "silver_a.b.c", "title"]),
    st.lists(_SCALARS, max_size=3),
    st.dictionaries(st.sampled_from(["quantiles", "column", "name"]), _SCALARS, max_size=2),
)


@st.composite
def _declared(draw: st.DrawFn) -> CheckSpec:
    """Any check with some of its arguments, of any type, and perhaps one that it does not have."""
    name = draw(st.sampled_from([*ALIASES, *expectations()]))
    own = sorted((ALIASES.get(name) or expectations()[name]).arguments)
    keys = draw(st.lists(st.sampled_from([*own, "odd"]), max_size=5, unique=True))
    return CheckSpec(
        name=name,
        arguments={key: draw(_VALUES) for key in keys},
        on_failure=draw(st.sampled_from(list(OnFailure))),
    )


@given(
    declared=_declared(),
    layer=st.sampled_from(list(Layer)),
    columns=st.sampled_from([None, COLUMNS]),
)
def test_nothing_that_yaml_can_say_raises(
    declared: CheckSpec, layer: Layer, columns: tuple[str, ...] | None
) -> None:
    problems = check_problems(declared, layer, columns)
    assert all(isinstance(p, CheckProblem) and p.problem and p.remedy for p in problems)
    if not problems:
        assert resolve(declared, layer, columns).expectation in expectations()


@pytest.mark.parametrize("name", list(ALIASES))
def test_an_alias_says_of_itself_whether_its_rows_can_be_quarantined(name: str) -> None:
    declared = next(c for c in GOOD if c.name == name)
    planned = resolve(declared, SILVER, COLUMNS)
    by_rows = finds_failing_rows(planned.expectation) or "foreign_key" in planned.kwargs
    assert finds_failing_rows(name) is by_rows


@pytest.mark.parametrize(
    ("declared", "expectation", "kwargs"),
    [
        (
            check("unique", columns=["a", "b"], mostly=0.5),
            "expect_compound_columns_to_be_unique",
            {"column_list": ["a", "b"], "mostly": 0.5},
        ),
        (check("unique", columns=["a"]), "expect_column_values_to_be_unique", {"column": "a"}),
        (
            check("accepted_values", column="a", values=[1]),
            "expect_column_values_to_be_in_set",
            {"column": "a", "value_set": [1]},
        ),
        (check("matches", column="a", regex="x"), "expect_column_values_to_match_regex",
         {"column": "a", "regex": "x"}),
    ],
)  # fmt: skip
def test_an_alias_becomes_an_expectation(
    declared: CheckSpec, expectation: str, kwargs: dict[str, Any]
) -> None:
    planned = resolve(declared, SILVER, None)
    assert (planned.expectation, dict(planned.kwargs)) == (expectation, kwargs)


def test_the_id_of_a_check_is_its_name_and_its_columns() -> None:
    assert resolve(GOOD[2], SILVER, None).check_id == "unique_film_id_title"
    assert resolve(GOOD[7], SILVER, None).check_id == "row_count"
