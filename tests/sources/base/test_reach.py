"""Which files a domain may read: its own, the shared ones, what operators allow; nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import medallion
from medallion.errors import SourceRefused
from medallion.sources.base.locations import Location
from medallion.sources.base.reach import file_reach

OWN, SHARED, OTHER = (f"include/data/{name}/a.csv" for name in ("shop", "shared", "bakery"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project, with a folder beside it."""
    for file in (OWN, SHARED, OTHER, ".medallion/lake/bronze/a.csv", "specs/a.csv"):
        (tmp_path / "project" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / file).touch()
    (tmp_path / "exports" / "closed").mkdir(parents=True)
    return tmp_path / "project"


@pytest.mark.parametrize(
    ("folders", "file", "allowed"),
    [
        ([], OWN, True),
        ([], SHARED, True),
        ([], OTHER, False),
        (["include/data/bakery"], OTHER, True),
        ([], "../exports/a.csv", False),
        (["../exports"], "../exports/a.csv", True),
        # An operator's folder opens nothing of the platform, whatever it holds or is.
        ([".."], "../exports/a.csv", True),
        ([".."], ".medallion/lake/bronze/a.csv", False),
        (["."], ".env", False),
        (["."], "specs/a.csv", False),
        ([".medallion/lake"], ".medallion/lake/bronze/a.csv", False),
        (["specs"], "specs/a.csv", False),
        (["/"], medallion.__file__, False),
        (["/"], "/proc/self/environ", False),
    ],
)
def test_a_domain_reads_its_own_and_allowed_folders_only(
    root: Path, folders: list[str], file: str, allowed: bool
) -> None:
    reach = file_reach("shop", root, tuple(str(root / folder) for folder in folders))
    assert (reach.refusal(root / file, file) is None) is allowed


@pytest.mark.parametrize(
    "name", ["MEDALLION_LAKE_ROOT", "MEDALLION_STATE_ROOT", "MEDALLION_PLANS_ROOT"]
)
def test_lake_state_and_plans_stay_closed_wherever_they_are(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = root.parent / "exports"
    monkeypatch.setenv("MEDALLION_FILE_ROOTS", f"{root.parent / 'gone'}{os.pathsep}{exports}")
    assert file_reach("shop", root).refusal(exports / "closed/a.csv", "a.csv") is None
    monkeypatch.setenv(name, str(exports / "closed"))
    reach = file_reach("shop", root)
    assert reach.refusal(exports / "closed/a.csv", "a.csv") is not None
    assert reach.refusal(exports / "a.csv", "a.csv") is None


def test_a_link_is_judged_by_where_it_leads(root: Path) -> None:
    reach = file_reach("shop", root)
    link = root / "include/data/shop/link.csv"
    link.symlink_to(root / SHARED)
    assert reach.resolve(link, "link.csv") == root / SHARED
    link.unlink()
    link.symlink_to(root / OTHER)
    with pytest.raises(SourceRefused, match=r"link\.csv, whose links are followed, is in no") as no:
        reach.resolve(link, "link.csv")
    assert "specs/access.yaml" in no.value.remedy


@pytest.mark.parametrize(
    ("url", "path", "inside"),
    [
        ("abfs://own@lake/prod", "lake/prod/bronze/shop/a.csv", True),
        ("abfss://other@lake/prod", "/lake//prod/a.csv", True),
        ("abfs://own@lake/prod", "lake/production/a.csv", False),
        ("abfs://own@lake", "lake/a.csv", True),
        ("s3://own@lake/prod", "lake/prod/a.csv", False),
        ("", "lake/prod/a.csv", False),
    ],
)
def test_a_lake_elsewhere_is_no_source_either(
    root: Path, url: str, path: str, inside: bool
) -> None:
    location = Location.parse("abfs://bank@lake/*.csv")
    assert location is not None
    assert file_reach("shop", root, lake_root=url).is_in_lake(location, path) is inside


def test_a_lake_that_is_a_folder_by_its_url_stays_closed(root: Path) -> None:
    exports = root.parent / "exports"
    lake = f"file://{exports / 'closed'}"
    reach = file_reach("shop", root, (str(exports),), lake_root=lake)
    assert reach.refusal(exports / "closed/a.csv", "a.csv") is not None
    assert reach.refusal(exports / "a.csv", "a.csv") is None
