"""A pipeline that a person has named, and that is not there."""

from __future__ import annotations

from pathlib import Path

from medallion.errors import SetupError
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.files.spec_paths import DOMAIN_FILE
from medallion.spec.findings.finding import did_you_mean
from medallion.spec.messages.report import visible


def unknown_pipeline(name: str, root: Path) -> SetupError:
    """The error of a name that no spec has, with the closest one, or those that there are."""
    files = sorted((root / SPECS_FOLDER).glob("*/*.yaml"))
    known = [f"{one.parent.name}.{one.stem}" for one in files if one.name != DOMAIN_FILE]
    return SetupError(
        f"there is no pipeline {visible(name)}: no file specs/<domain>/<pipeline>.yaml has this "
        "name",
        remedy=did_you_mean(name, known) or "`new` writes a first spec from a file or a table",
    )
