"""docs/third-party.md names what is installed, each package with a licence that ours allows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROW = re.compile(r"^\| ([a-z0-9-]+) \| (\S+) \| (.+) \|$", re.MULTILINE)
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\n]+)(?: ; (.+))?$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows(project_root: Path) -> dict[str, tuple[str, str]]:
    """By package its version and its licence."""
    text = (project_root / "docs/third-party.md").read_text(encoding="utf-8")
    return {name: (version, licence) for name, version, licence in ROW.findall(text)[1:]}


def test_the_page_names_what_the_lock_installs(
    project_root: Path, rows: dict[str, tuple[str, str]]
) -> None:
    lock = (project_root / "requirements.txt").read_text(encoding="utf-8")
    locked = {name: (version, marker) for name, version, marker in LOCKED.findall(lock)}
    shown = {name: version for name, (version, _) in rows.items()}
    everywhere = {name: version for name, (version, marker) in locked.items() if not marker}
    assert everywhere.items() <= shown.items()  # else: make licences
    assert shown.items() <= {name: version for name, (version, _) in locked.items()}.items()


def test_each_licence_is_known_and_allows_what_medallion_does(
    rows: dict[str, tuple[str, str]],
) -> None:
    assert [name for name, (_, licence) in rows.items() if licence == "?"] == []
    # The GPL's terms would be Medallion's too; the LGPL's are those of the library alone, and of
    # several licences one may choose.
    strong = re.compile(r"(?<!L)(?<!Lesser General Public License \()A?GPL")
    bound = {
        name
        for name, (_, licence) in rows.items()
        if all(strong.search(one) for one in re.split(r", | OR ", licence))
    }
    assert bound == set()


def test_the_page_is_made_of_a_bill_of_materials(project_root: Path) -> None:
    sys.path.insert(0, str(project_root / "deploy/sbom"))
    import licences

    document = {
        "components": [
            {"name": "b_b", "version": "2", "licenses": [{"expression": "MIT OR Apache-2.0"}]},
            {
                "name": "A",
                "version": "1",
                "licenses": [
                    {"license": {"name": "License :: OSI Approved :: BSD License"}},
                    {"license": {"name": "declared license of 'A'", "text": {"content": _LONG}}},
                ],
            },
            {"name": "c", "version": "3"},
        ]
    }
    assert licences.page(licences.packages(document)).endswith(
        "|---|---|---|\n| a | 1 | BSD License, MIT |\n| b-b | 2 | MIT OR Apache-2.0 |\n"
        "| c | 3 | ? |\n"
    )


_LONG = "Copyright someone\n\nPermission is hereby granted, free of charge, to any person …"
