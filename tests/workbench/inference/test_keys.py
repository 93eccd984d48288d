"""Keys are proven on the records, and the likeliest one comes first."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
import pytest

from medallion.errors import SetupError
from medallion.lake.manifest import Manifest
from medallion.records import RecordLayout
from medallion.workbench.inference.proposal import Proposal, propose
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.sample import DataSample, Field, run_now


def proposal(columns: dict[str, list[str]], key: tuple[str, ...] = ()) -> Proposal:
    frame = pd.DataFrame(columns, dtype=object)
    fields = tuple(
        Field(name=name, records=len(frame), texts=dict(Counter(t for t in texts if t)))
        for name, texts in columns.items()
    )
    run = run_now("lab")
    manifest: Any = Manifest(
        uri="", run=run, dataset="x", load_id=0, extracted_at=run.interval_start, source={},
        layout=RecordLayout(format="csv", columns=tuple(columns)), parts=(),
    )  # fmt: skip
    return propose(DataSample(manifest=manifest, fields=fields, frame=frame), Hints(), key)


def test_a_column_named_like_a_key_comes_first() -> None:
    found = proposal({"name": ["a", "b", "c"], "order_id": ["7", "8", "9"]})
    assert found.primary_key == ("order_id",)
    assert found.keys == (("order_id",), ("name",))


def test_two_columns_are_a_key_where_no_one_is() -> None:
    found = proposal({"day": ["1", "1", "2"], "shop": ["x", "y", "x"], "n": ["5", "5", "5"]})
    assert found.primary_key == ("day", "shop")


def test_a_column_with_gaps_or_amounts_is_no_key() -> None:
    found = proposal({"a": ["1", "", "3"], "amount": ["1.5", "2.5", "3.5"]})
    assert found.primary_key == ()
    assert "there is no key" in found.notes[0]


def test_records_that_are_there_twice_are_one() -> None:
    found = proposal({"id": ["1", "2", "2"], "n": ["x", "y", "y"]})
    assert found.primary_key == ("id",)
    assert found.notes == ("1 record there before, word for word",)


def test_a_key_that_is_asked_for_is_proven_too() -> None:
    columns = {"id": ["1", "2", "3"], "shop": ["x", "x", "y"]}
    assert proposal(columns, ("id",)).primary_key == ("id",)
    with pytest.raises(SetupError, match="shop is not a key: 1 of 3"):
        proposal(columns, ("shop",))
    with pytest.raises(SetupError, match="no column price"):
        proposal(columns, ("price",))


PEOPLE = {
    "last_name": ["Lovelace", "Hopper", "Curie"],
    "mail": ["ada@example.org", "grace@example.com", "marie@example.net"],
    "town": ["Paris", "Paris", "Bern"],
}


def test_personal_data_are_a_key_only_where_nothing_else_is() -> None:
    named = proposal({"article": ["a", "b", "c"], **PEOPLE})
    assert (named.primary_key, named.keys) == (("article",), (("article",),))
    by_mail = proposal(PEOPLE)
    assert (by_mail.primary_key, by_mail.keys) == (("mail",), (("mail",),))
    (mail,) = (one for one in by_mail.columns if one.name == "mail")
    assert mail.said["classification"] == {"pii": "email", "protect": "hash"}
    assert "hashed as part of the key" in mail.guesses[0]


def test_what_several_people_may_share_is_no_key() -> None:
    columns = {name: PEOPLE[name] for name in ("last_name", "town")}
    found = proposal(columns)
    assert found.primary_key == ()
    assert found.notes == (
        "only last_name would make each record another one, and several people may share such "
        "personal data: there is no key",
    )
    assert proposal(columns, ("last_name",)).primary_key == ("last_name",)


def test_what_is_counted_is_a_key_only_beside_something_else() -> None:
    panel = {
        "country": ["FR", "FR", "DE", "DE"], "year": ["2024", "2025"] * 2,
        "births": ["663", "645", "677", "681"],
    }  # fmt: skip
    assert proposal(panel).primary_key == ("country", "year")
    del panel["year"]
    assert proposal(panel).primary_key == ()
    assert proposal({"colour": ["r", "r", "b"], "n": ["7", "12", "9"]}).primary_key == ()
    assert proposal({"colour": ["r", "r", "b"], "n": ["1", "2", "3"]}).primary_key == ("n",)
    some = [str(number * 3) for number in range(1, 31)]
    assert proposal({"colour": ["r"] * 30, "n": some}).primary_key == ("n",)
    assert proposal({"colour": ["r", "r", "b"], "c": ["75001", "69002", "13003"]}).keys == (("c",),)


def test_of_one_record_only_a_name_says_that_a_field_is_the_key() -> None:
    assert proposal({"name": ["a"], "size": ["3"]}).primary_key == ()
    assert proposal({"name": ["a"], "order_id": ["3"]}).primary_key == ("order_id",)
