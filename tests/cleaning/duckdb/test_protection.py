from __future__ import annotations

import hashlib
import hmac
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from medallion.cleaning.declared.classification import ClassificationSpec, overlaps
from medallion.cleaning.duckdb.protection import INNER, OUTER, key_pads, protect

DUCK = duckdb.connect()
SOME = settings(max_examples=80)
TEXT = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def shown(text: str | None, secret: str = "k" * 32, **said: Any) -> str | None:
    classification = ClassificationSpec.model_validate({"pii": "other", **said})
    inner, outer = key_pads(secret)
    row = exp.select(
        exp.alias_(exp.cast(exp.Placeholder(), "text"), "value"),
        exp.alias_(exp.cast(exp.Placeholder(), "blob", dialect="duckdb"), INNER),
        exp.alias_(exp.cast(exp.Placeholder(), "blob", dialect="duckdb"), OUTER),
    )
    query = exp.select(protect(exp.column("value"), classification)).from_(row.subquery("t"))
    found = DUCK.execute(query.sql(dialect="duckdb"), [text, inner, outer]).fetchone()
    assert found is not None
    value: str | None = found[0]
    return value


@SOME
@given(text=TEXT, secret=st.text(min_size=1, max_size=100))
def test_a_hash_is_the_standard_one(text: str, secret: str) -> None:
    wanted = hmac.new(secret.encode("utf-8", "ignore"), text.encode(), hashlib.sha256)
    assert shown(text, secret.encode("utf-8", "ignore").decode(), protect="hash") == (
        wanted.hexdigest()
    )


@pytest.mark.parametrize(
    ("text", "said", "wanted"),
    [
        ("amelie.poulain@example.org", {"pii": "email"}, "a****@example.org"),
        ("no address", {"pii": "email"}, "****"),
        ("0612345678", {"pii": "phone"}, "****5678"),
        ("0612345678", {"pii": "phone", "keep_last": 2}, "****78"),
        ("1234567", {"pii": "phone"}, "****"),
        ("0612345678", {"pii": "phone", "keep_last": 0}, "****"),
        ("", {"pii": "phone", "keep_last": 0}, "****"),
    ],
)
def test_a_mask_shows_only_the_end(text: str, said: dict[str, Any], wanted: str) -> None:
    assert shown(text, protect="mask", **said) == wanted


@SOME
@given(text=TEXT, keep=st.integers(0, 8))
def test_a_mask_shows_at_most_half(text: str, keep: int) -> None:
    found = shown(text, pii="phone", protect="mask", keep_last=keep)
    assert found is not None
    kept = found.removeprefix("****")
    assert text.endswith(kept)
    assert len(kept) <= min(keep, len(text) // 2)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Call 06 12 34 56 78 or write to a.b@c.example!", "Call [number] or write to [email]!"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189 please", "IBAN [iban] please"),
        ("card 4111 1111 1111 1111, from 10.0.0.1", "card [card], from [ip]"),
        ("+33 (0)6.12.34.56.78", "[number]"),
        ("born 1980-02-29", "born [number]"),
        ("order 1234567 of 3 films", "order 1234567 of 3 films"),
        ("amélie@exämple.org", "[email]"),
    ],
)
def test_addresses_and_numbers_are_taken_out_of_texts(text: str, wanted: str) -> None:
    assert shown(text, pii="free_text", protect="redact") == wanted


@SOME
@given(before=TEXT, name=st.from_regex(r"\A[a-z]{1,9}\Z"), after=TEXT)
def test_no_address_is_left_wherever_it_stands(before: str, name: str, after: str) -> None:
    address = f"{name}@example.org"
    found = shown(f"{before} {address} {after}", pii="free_text", protect="redact")
    assert found is not None
    assert address not in found


@pytest.mark.parametrize("protect", ["hash", "mask", "redact"])
@pytest.mark.parametrize("pii", ["email", "phone"])
def test_null_stays_null(protect: str, pii: str) -> None:
    assert shown(None, pii=pii, protect=protect) is None


@pytest.mark.parametrize(
    ("field", "protected_field", "wanted"),
    [
        ("email", "email", True),
        ("customer", "customer.email", True),
        ("customer.email.domain", "customer.email", True),
        ("customers", "customer.email", False),
        ("customer.name", "customer.email", False),
        ("people[*].email", "people", True),
        ("people[0].email", "people[*].email", True),
        ("people[*].name", "people[*].email", False),
    ],
)
def test_fields_that_share_what_is_protected_are_known(
    field: str, protected_field: str, wanted: bool
) -> None:
    assert overlaps(field, frozenset({protected_field})) is wanted
