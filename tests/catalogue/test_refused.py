"""What people see of refused specs."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.catalogue.shop import SPEC, Shop

from medallion.airflow.domains import load_rest, raise_for_domain, raise_for_rest
from medallion.airflow.refused_specs import InvalidSpecs
from medallion.catalogue.refused import Meanwhile, RefusedSpec, list_refused_files, read_refused
from medallion.compiler.project import load_project
from medallion.operations.alerts.refused import keep_refused
from medallion.warehouse.session.transaction import session

BROKEN = SPEC.replace("write_disposition", "x").replace(
    "      primary_key: [sale_id]", "      primary_key: [sale_id]\n      unique_key: [x]  # <b>"
)


def parse(shop: Shop) -> None:
    """As the DAG processor looks at the domain, and `medallion.freshness` after it."""
    load_project(shop.root, until=time.monotonic() + 600)
    for ask in (lambda: raise_for_domain("shop"), lambda: raise_for_rest(str(shop.root / "d.py"))):
        with pytest.raises(InvalidSpecs):
            ask()
    with session(shop.url, "testing") as opened:
        keep_refused(opened, shop.root)


def refused(shop: Shop) -> dict[str, RefusedSpec]:
    with shop.session() as opened:
        found = read_refused(opened, shop.declared(), shop.root, list_refused_files(shop.root))
    return {one.path: one for one in found}


@pytest.fixture
def broken(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A spec that ran before, one that never did, and one in the wrong place."""
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(shop.root))
    (shop.root / "specs/shop/sales.yaml").write_text(BROKEN)
    (shop.root / "specs/shop/new.yaml").write_text("description: [\n")
    (shop.root / "specs/lost.yaml").write_text(SPEC)
    parse(shop)
    return shop


def test_a_refused_spec_has_its_lines_remedy_owner_and_what_runs_meanwhile(broken: Shop) -> None:
    found = refused(broken)
    assert list(found) == ["specs/lost.yaml", "specs/shop/new.yaml", "specs/shop/sales.yaml"]
    sales = found["specs/shop/sales.yaml"]
    assert (sales.domain, sales.dag_id, sales.owner) == ("shop", "shop.sales", "shop-team")
    assert sales.contacts == ("shop@example.org",)
    assert sales.since is not None
    assert sales.meanwhile is Meanwhile.LAST_GOOD_VERSION
    assert sales.accepted_at is not None
    (issue,) = sales.issues
    assert (issue.line, issue.key) == (11, "datasets.sales.silver.unique_key")
    assert "primary_key" in issue.remedy
    assert [(line.number, line.column > 0) for line in issue.excerpt] == [
        (9, False), (10, False), (11, True), (12, False), (13, False),
    ]  # fmt: skip
    meant = issue.excerpt[2]
    assert meant.text[meant.column - 1 :].startswith("unique_key: [x]  # <b>")


def test_what_never_ran_and_what_is_of_no_domain_say_so(broken: Shop) -> None:
    found = refused(broken)
    new, lost = found["specs/shop/new.yaml"], found["specs/lost.yaml"]
    assert (new.meanwhile, new.accepted_at, new.owner) == (Meanwhile.NOTHING, None, "shop-team")
    assert (lost.domain, lost.dag_id, lost.meanwhile) == ("", "", Meanwhile.OTHERS)
    assert lost.issues[0].excerpt == ()


def test_a_spec_that_was_put_right_is_gone_and_the_excerpt_is_of_the_file_now(
    broken: Shop,
) -> None:
    files = {one.path: one for one in list_refused_files(broken.root)}
    (broken.root / "specs/shop/sales.yaml").write_text("one line")
    with broken.session() as opened:
        (now,) = read_refused(
            opened, broken.declared(), broken.root, [files["specs/shop/sales.yaml"]]
        )
    assert now.issues[0].excerpt == ()
    (broken.root / "specs/shop/sales.yaml").write_text(SPEC)
    (broken.root / "specs/lost.yaml").unlink()
    load_rest(str(broken.root / "dags" / "medallion_pipelines.py"))
    with pytest.raises(InvalidSpecs):
        raise_for_domain("shop")
    raise_for_rest_quietly(broken.root)
    assert [one.path for one in list_refused_files(broken.root)] == ["specs/shop/new.yaml"]


def raise_for_rest_quietly(root: Path) -> None:
    """`new.yaml` is refused still."""
    with pytest.raises(InvalidSpecs):
        raise_for_rest(str(root / "d.py"))


def test_a_file_with_many_problems_shows_the_first_ones(broken: Shop) -> None:
    (file,) = (one for one in list_refused_files(broken.root) if one.path.endswith("sales.yaml"))
    with broken.session() as opened:
        (shown,) = read_refused(
            opened,
            broken.declared(),
            broken.root,
            [replace(file, issues=file.issues * 60)],
        )
    assert (shown.problems, len(shown.issues)) == (60, 50)
