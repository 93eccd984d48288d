"""Personal data, by proof or by name. The numbers are made up, or published as examples."""

from __future__ import annotations

import pytest

from medallion.workbench.inference.personal import classify, find_all_personal, find_personal
from medallion.workbench.inference.sample import Field


def found(column: str, *texts: str) -> str | None:
    personal = find_personal(
        Field(name=column, records=len(texts), texts=dict.fromkeys(texts, 1)), column
    )
    return personal.pii if personal else None


@pytest.mark.parametrize(
    ("column", "texts", "pii"),
    [
        ("contact", ["ada@example.org", "grace@example.com"], "email"),
        ("account", ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"], "bank_account"),
        ("account", ["GB82WEST12345698765433"], None),
        ("account", ["BE67697030970187"], "bank_account"),  # of a bank that stdnum does not know
        ("client_ip", ["192.0.2.1", "2001:db8::1"], "ip_address"),
        ("phone", ["+33 6 12 34 56 78", "0612345678"], "phone"),
        ("mobile_orders", ["12", "13"], None),
        ("card", ["4111 1111 1111 1111"], "card_number"),
        ("card", ["4111111111111112"], None),
        ("last_name", ["Lovelace"], "name"),
        ("filename", ["a.csv"], None),
        ("date_of_birth", ["1815-12-10"], "birth_date"),
        ("title", ["Alien"], None),
        ("version", ["1.2.3"], None),
        ("customer_name", ["Ada 2", "Ben 3", "Cleo"], "name"),
        ("customer_name", ["C-1", "C-2", "C-3"], None),
        ("contact", ["Ada <ada@example.org>", "mailto:grace@example.com"], "email"),
        ("reached_by", ["+33 6 12 34 56 78", "+44 20 7946 0958", "0033612345678"], "phone"),
        ("reached_by", ["01 42 68 53 00", "06.12.34.56.78"], "phone"),
        ("amount", ["+33612", "+100000000"], None),
        ("reference", ["2025550123", "2025550124"], None),
        ("matricule", ["2 95 10 99 126 111 93", "295109912611193"], "national_id"),
        ("matricule", ["RCCMNL83S18D969H", "RSSMRA85T10A562S"], "national_id"),
        ("article", ["123456782", "100000007"], None),
        ("ean", ["4006381333931", "4006381333948"], None),
        ("address_id", ["1", "2"], None),
        ("address", ["3", "4"], None),
        ("address", ["3 rue de la Paix", "12 High Street"], "address"),
        ("has_phone", ["0612345678"], None),
        ("contact_person", ["yes", "no"], None),
        ("contact_person", ["Ada Lovelace"], "name"),
        ("birth_rate", ["11.2", "10.9"], None),
        ("birth_year", ["1906", "1912"], "birth_date"),
        ("full_name", ["medallion/docs", "medallion/core"], None),
        ("real_name", ["Ada Lovelace", "Grace Hopper"], "name"),
        ("passenger", ["Braund, Mr. Owen Harris", "Heikkinen, Miss. Laina", "Bo, Dr. Ann"], "name"),
        ("film", ["Dr. No"], None),
        ("film", ["Mr. Nobody", "Alien", "Ran"], None),
        ("name", ["Owen Harris", "Laina Heikkinen", "Ludwig van Beethoven"], "name"),
        ("name", ["widget", "gadget"], None),
        ("nom_commune", ["Lyon", "Vienne"], None),
        ("nom", ["Curie", "Lovelace"], "name"),
        ("nom_de_famille", ["Curie", "Lovelace"], "name"),
        ("mobile_revenue", ["12345678.5", "98765432.25"], None),
    ],
)
def test_what_looks_like_personal_data(column: str, texts: list[str], pii: str | None) -> None:
    assert found(column, *texts) == pii


def all_found(columns: dict[str, str]) -> dict[str, str]:
    fields = [Field(name=name, records=1, texts={text: 1}) for name, text in columns.items()]
    made = find_all_personal(fields, {name: name for name in columns})
    return {name: one.pii for name, one in made.items() if not one.is_of_things}


def test_what_things_have_too_is_personal_beside_what_only_people_have() -> None:
    shop = {"nom": "Chez Ada", "address": "3 rue de la Paix", "latitude": "48.8"}
    assert all_found(shop) == {}
    assert all_found({**shop, "mail": "ada@example.org"}) == {
        "nom": "name", "address": "address", "latitude": "location", "mail": "email",
    }  # fmt: skip


def test_a_name_is_somebody_s_where_the_record_is_about_people() -> None:
    assert all_found({"PassengerId": "1", "Name": "Owen Harris"}) == {"Name": "name"}
    assert all_found({"sex": "m", "age": "22", "name": "Owen Harris"}) == {"name": "name"}
    shops = [Field(name="name", records=1, texts={"Chez Ada": 1})]
    assert find_all_personal(shops, {"name": "name"}) == {}


def test_an_address_is_somebody_s_where_the_record_is_about_people() -> None:
    assert all_found({"InvoiceId": "1", "BillingAddress": "3 rue de la Paix"}) == {
        "BillingAddress": "address",
    }  # fmt: skip
    assert all_found({"customer_id": "1", "address": "3 rue de la Paix"}) == {"address": "address"}
    assert all_found({"museum_id": "1", "address": "3 rue de la Paix"}) == {}


def test_no_guess_about_a_personal_column_shows_a_value() -> None:
    field = Field(name="birth_date", records=1, texts={"1990-01-31": 1})
    broken = ("records that go to quarantine: 2, with '31/02/1990'", "it is a date")
    _, guesses = classify(find_personal(field, "birth_date"), {"type": "date"}, broken)
    assert guesses == (
        "records that go to quarantine: 2", "it is a date", "personal data: by its name"
    )  # fmt: skip


def test_what_is_not_classified_is_marked_all_the_same() -> None:
    field = Field(name="address", records=1, texts={"3 rue de la Paix": 1})
    (personal,) = find_all_personal([field], {"address": "address"}).values()
    said, guesses = classify(personal, {"type": "text"}, ())
    assert said == {"type": "text"}
    assert guesses == ("not classified: address by its name, and nothing else here is of people",)
