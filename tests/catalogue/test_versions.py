"""Two versions held against each other by their key."""

from __future__ import annotations

import pytest
from psycopg import sql
from tests.catalogue.shop import SALES, TOTALS, Shop

from medallion.catalogue.personal import find_hidden_fields
from medallion.catalogue.table import read_head
from medallion.catalogue.versions import Versions, read_versions
from medallion.names import PublishedTable
from medallion.publish.relations import identifier, parent_of
from medallion.warehouse.catalogue.history import current_commit
from medallion.warehouse.session.transaction import session


def versions_of(
    shop: Shop, asked: tuple[int, int] | None = None, table: PublishedTable = SALES
) -> Versions:
    with shop.session() as reading:
        known = shop.declared()
        head = read_head(reading, known, table)
        assert head is not None
        return read_versions(reading, head, find_hidden_fields(known, table), asked)


def test_kept_versions_the_latest_first(published: Shop) -> None:
    kept = versions_of(published).kept
    assert [(one.number, one.rows, one.is_current) for one in kept] == [
        (2, 4, True),
        (1, 4, False),
    ]
    assert all(one.bytes for one in kept)


def test_the_commit_of_a_publication_is_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.run(0)
    monkeypatch.setenv("MEDALLION_SPEC_COMMIT", "0123456789abcdef")
    shop.run(1)
    assert [one.spec_commit for one in versions_of(shop).kept] == ["0123456789abcdef", None]
    with shop.session() as reading:
        assert current_commit(reading, SALES) == "0123456789abcdef"
    with session(shop.url, "changing the shape") as loader:
        former, parent = identifier(SALES.version(1)), identifier(parent_of(SALES))
        loader.execute(sql.SQL("ALTER TABLE {} NO INHERIT {}").format(former, parent))
    assert [one.has_former_shape for one in versions_of(shop).kept] == [False, True]


def test_added_removed_and_changed_rows_with_examples(published: Shop) -> None:
    found = versions_of(published, (2, 1))
    assert found.asked == (1, 2), "the earlier comes first"
    compared = found.comparison
    assert compared is not None
    assert (compared.added, compared.removed, compared.changed, compared.same) == (1, 1, 1, 2)
    assert compared.columns == ["sale_id", "amount"], "values of email are not shown"
    rows = {row.kind: (row.key, row.before, row.after) for row in compared.examples}
    assert rows == {
        "changed": (["5"], ["5", "50.00"], ["5", "55.00"]),
        "added": (["7"], None, ["7", "70.00"]),
        "removed": (["2"], ["2", "20.00"], None),
    }


def test_what_cannot_be_compared_says_why(published: Shop) -> None:
    assert versions_of(published, (1, 9)).why_not == "choose two versions that are kept"
    without_key = versions_of(published, (1, 2), TOTALS)
    assert "no primary_key" in without_key.why_not
