"""A contract's file follows its spec, and its version says what has changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.workbench.contracts.shop import edit, facts_of, read_shop, write_shop

from medallion.errors import SetupError
from medallion.workbench.contracts.document import ENDING, file_name
from medallion.workbench.contracts.keep import read_contract, update_contract
from medallion.workbench.contracts.kept import KeptDocument, find_left_over, write_kept
from medallion.workbench.contracts.server import parse_address

ORDERS = "silver_shop.orders"
SPEC = "specs/shop/sales.yaml"


def keep(root: Path, table: str = ORDERS, **more: object) -> KeptDocument:
    path = root / "contracts" / file_name(table)
    types = {table: more["types"]} if "types" in more else {}
    facts = facts_of(read_shop(root), types)[table]  # type: ignore[arg-type]
    found = update_contract(facts, path, more.get("server"))  # type: ignore[arg-type]
    write_kept(found, path)
    return found


def test_a_file_is_new_then_the_same_then_a_version_later(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    first = keep(root)
    assert (first.is_new, first.version) == (True, "1.0.0")
    again = keep(root)
    assert (again.same, again.changes) == (True, ())
    edit(root, SPEC, "The shop's own number.", "A number of the shop.")
    assert keep(root).version == "1.0.1"
    edit(
        root,
        SPEC,
        "order_id: {type: bigint,",
        "till: {type: text}\n        order_id: {type: bigint,",
    )
    assert keep(root).version == "1.1.0"
    edit(root, SPEC, "        till: {type: text}\n", "")
    gone = keep(root)
    assert gone.version == "2.0.0"
    assert [one.place for one in gone.changes] == ["orders.till"]


def test_what_is_not_known_now_stays_as_the_file_has_it(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    table = "gold_shop.days"
    known = {"day": "date", "takings": "numeric", "buyers": "bigint", "currency": "text"}
    server = parse_address("db.example.org:5432/warehouse")
    first = keep(root, table, types=known, server=server)
    later = keep(root, table)
    assert later.same
    assert later.document["servers"] == first.document["servers"]
    assert keep(root, table, types={**known, "buyers": "integer"}).version == "2.0.0"


def test_a_table_that_nothing_publishes_leaves_its_contract(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    keep(root)
    (root / "contracts/README.md").write_text("ours")
    folder = root / "contracts"
    assert find_left_over(folder, [ORDERS], ENDING) == []
    assert find_left_over(folder, ["silver_shop.others"], ENDING) == [file_name(ORDERS)]
    assert find_left_over(root / "nowhere", [ORDERS], ENDING) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("[]", "holds no mapping"),
        ("kind: DataContract", "is not a data contract"),
        ("kind: DataContract\napiVersion: v2.2.2", "is not a data contract"),
        ("kind: [", "contract.yaml"),
    ],
)
def test_a_file_that_is_no_contract_is_refused_by_its_name(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(text)
    with pytest.raises(SetupError, match=said):
        read_contract(path)
    with pytest.raises(SetupError, match="there is no file"):
        read_contract(tmp_path / "other.yaml")


def test_the_text_is_read_as_it_was_written(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    kept = keep(root)
    path = root / "contracts" / file_name(ORDERS)
    assert read_contract(path) == yaml.safe_load(kept.text) == kept.document
