"""Where the files of specs/ are, said without reading one."""

from __future__ import annotations

from pathlib import Path

from medallion.names import DagId
from medallion.spec.files.regular_file import SPECS_FOLDER

DOMAIN_FILE = "domain.yaml"
"""In a domain's folder: what its pipelines share."""
POLICY_FILE = "specs/policy.yaml"
"""What the organisation asks of every spec."""


def spec_path_of(dag_id: str, root: Path) -> Path | None:
    """The file of a DAG's spec; None if the id is not one of ours, or the file is gone."""
    parsed = DagId.parse(dag_id)
    if parsed is None:
        return None
    path = place_of_spec(parsed, root)
    return path if path.is_file() else None


def place_of_spec(dag_id: DagId, root: Path) -> Path:
    """Where the file of a DAG's spec belongs, whether or not it is there."""
    return root / SPECS_FOLDER / dag_id.domain / f"{dag_id.pipeline}.yaml"
