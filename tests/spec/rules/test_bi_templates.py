"""The Jinja of row filters: what it may say, and which conditions it makes."""

from __future__ import annotations

import pytest

from medallion.spec.rules.bi_templates import IN_QUOTES, read_template


@pytest.mark.parametrize(
    ("clause", "conditions"),
    [
        ("tags = '{a,b}'", ("tags = '{a,b}'",)),
        ("shop = '{{ current_username() }}'", (f"shop = '{IN_QUOTES}'",)),
        ("mail = 'x{{- current_user_email() -}} '", (f"mail = 'x{IN_QUOTES}'",)),
        ("id = {{ current_user_id() }}", ("id = 0",)),
        ("shop in {{ current_user_roles() | where_in }}", ("shop in (NULL)",)),
        (
            "shop in {{ filter_values('a', remove_filter=true) | where_in(default_to_none=true) }}",
            ("shop in (NULL)",),
        ),
        ("country = '{{ cache_key_wrapper(country_of('eu')) }}'", (f"country = '{IN_QUOTES}'",)),
        ("country in {{ cache_key_wrapper(countries()) | where_in }}", ("country in (NULL)",)),
        (
            "{% if 'HQ' in current_user_roles() or current_user_id() == 1 %}true"
            "{% elif not current_username() in ['ana', 'bob'] %}shop = 'a'"
            "{% else %}false{% endif %}",
            ("true", "shop = 'a'", "false"),
        ),
        (
            "a{% if current_user_id() %}1{% else %}2{% endif %} = "
            "{% if current_user_id() %}3{% else %}4{% endif %}{# said #}",
            ("a1 = 3", "a1 = 4", "a2 = 3", "a2 = 4"),
        ),
    ],
)  # fmt: skip
def test_each_condition_that_branches_make_is_there_to_be_judged(
    clause: str, conditions: tuple[str, ...]
) -> None:
    read = read_template(clause)
    assert (read.conditions, read.problem) == (conditions, "")


@pytest.mark.parametrize(
    ("clause", "problem"),
    [
        # What would be SQL that nobody has judged.
        ("a = 1 {{ 'or true' }}", "something else than a function's value"),
        ("a = '{{ 'x' ~ current_username() }}'", "something else than a function's value"),
        ("a = '{{ ','.join(current_user_roles()) }}'", "something else than a function's value"),
        ("a = '{{ filter_values('a')[0] }}'", "something else than a function's value"),
        ("a = '{{ name }}'", "something else than a function's value"),
        ("a = '{{ current_username() | replace('a', 'b') }}'", "something else than a function's"),
        ("a in {{ dataset(1) }}", "it brings the SQL of another dataset"),
        ("a = {{ metric('sum', 1) }}", "it brings SQL from elsewhere"),
        ("a = '{{ url_param('a') }}'", "whoever looks writes it into the address"),
        ("a = '{{ cache_key_wrapper(url_param('a')) }}'", "whoever looks writes it"),
        ("a = '{{ cache_key_wrapper(filter_values('a')) }}'", "Superset's own filter_values()"),
        ("a in {{ current_username() | where_in }}", "where_in is not given a list"),
        ("a = {{ current_user_roles() }}", "is a list"),
        ("a = {{ current_username() }}", "is without quotes"),
        ("a = E'{{ current_username() }}'", "is without quotes"),
        ("a = \"{{ current_username() }}\"", "is without quotes"),
        ("{% set a = 1 %}b = 1", "is not read in a row filter"),
        ("{% for a in current_user_roles() %}b{% endfor %}", "is not read in a row filter"),
        ("{% if current_user_id() %}a = 1{% endif %}", "without {% else %}"),
        ("{% if x %}a = 1{% else %}false{% endif %}", "something else than a function's value"),
        ("a{% if current_user_id() %}1{% else %}2{% endif %}" * 6, "more than 32 conditions"),
        # What Superset would keep for one person and show to another.
        ("a = '{{ country() }}'", "people would see each other's rows"),
        ("a = '{{ current_username(false) }}'", "Superset's cache has to know"),
        ("{% if current_username() == 'a}' %}a{% else %}b{% endif %}", "has braces"),
        ("a = '{{ cache_key_wrapper(f('{')) }}'", "has braces"),
        ("a = '{{ current_username( }}'", "Jinja cannot read line 1"),
    ],
)  # fmt: skip
def test_what_a_template_may_not_say(clause: str, problem: str) -> None:
    read = read_template(clause)
    assert problem in read.problem
    assert read.remedy and not read.conditions
