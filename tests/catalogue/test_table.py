"""A table's page: columns with what they hold, lineage, publications."""

from __future__ import annotations

from tests.catalogue.shop import SALES, TOTALS, Shop

from medallion.catalogue.table import Profiling, TableStory, read_head, read_story
from medallion.names import PublishedTable
from medallion.warehouse.roles.catalogue_reader import catalogue_url, rows_session


def story_of(shop: Shop, table: PublishedTable) -> TableStory:
    with shop.session() as session:
        known = shop.declared()
        head = read_head(session, known, table)
        assert head is not None
        return read_story(session, known, head, profiling_of(shop))


def profiling_of(shop: Shop) -> Profiling:
    role = catalogue_url(shop.url)
    return Profiling(
        reads=lambda table: rows_session(shop.url, role, [table], "profiling"),
        loader_url=shop.url,
    )


def test_columns_say_what_they_hold_as_of_the_last_publication(published: Shop) -> None:
    columns = {column.name: column for column in story_of(published, SALES).columns}
    amount, email = columns["amount"], columns["email"]
    assert (amount.type, amount.nullable) == ("numeric(8,2)", True)
    assert amount.profile is not None
    assert (amount.profile.nulls, amount.profile.distinct_values) == (0, 4)
    assert (amount.profile.lowest, amount.profile.highest) == ("10.00", "70.00")
    assert (amount.unit, email.unit) == ("EUR", "")
    assert columns["sale_id"].is_key
    assert columns["sale_id"].description == "The till's number."
    assert email.personal == "Personal data (email): masked."
    assert email.description == ""
    assert email.profile is not None
    assert email.profile.nulls == 2
    assert (email.profile.lowest, email.profile.highest) == (None, None)
    assert list(columns)[-1].startswith("_"), "Medallion's own come last"


def test_a_profile_is_worked_out_once_a_publication(published: Shop) -> None:
    first = story_of(published, SALES).columns
    with published.session() as session:
        row = session.execute("SELECT count(*), max(profiled_at) FROM medallion.column_profiles")
        before = row.fetchone()
    assert story_of(published, SALES).columns == first
    with published.session() as session:
        row = session.execute("SELECT count(*), max(profiled_at) FROM medallion.column_profiles")
        assert row.fetchone() == before


def test_lineage_in_both_directions(published: Shop) -> None:
    assert [one.name for one in story_of(published, SALES).downstream] == ["gold_shop.totals"]
    assert [one.table for one in story_of(published, TOTALS).upstream] == [SALES]


def test_a_reader_of_a_domain_that_a_person_may_not_see_has_no_name_for_him(
    two_domains: Shop,
) -> None:
    story = story_of(two_domains, TOTALS)
    assert len(story.downstream) == 2
    seen = story.as_seen_by(frozenset({"shop"}))
    assert [one.name for one in seen.downstream] == ["gold_shop.more"]


def test_publications_account_for_each_row_and_for_the_disk(published: Shop) -> None:
    story = story_of(published, SALES)
    latest = story.ledger[0]
    assert latest.rows_read == latest.rows_published + latest.rows_quarantined == 6
    assert latest.is_current
    assert [rows for _, rows in story.rows_over_time()] == [4, 4]
    assert all(size > 0 for _, size in story.bytes_over_time())
    assert len(story.bytes_over_time()) == 2
    assert story.bytes


def test_a_table_that_nobody_knows_has_no_page(published: Shop) -> None:
    with published.session() as session:
        nobody = PublishedTable(layer=SALES.layer, domain="shop", name="nothing")
        assert read_head(session, published.declared(), nobody) is None


def test_before_its_first_run_a_table_shows_what_is_declared(shop: Shop) -> None:
    story = story_of(shop, SALES)
    assert [column.name for column in story.columns] == ["sale_id", "amount", "email"]
    assert not any(column.is_published for column in story.columns)
    assert (story.ledger, story.bytes) == ([], None)
