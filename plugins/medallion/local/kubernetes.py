"""`make chart-secrets`: the Secrets that the chart of deploy/helm asks for, generated.

Needs nothing but Python's standard library, as `compose` does.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medallion.errors import SetupError
from medallion.local.compose import complete_secrets
from medallion.local.credentials import write_private
from medallion.private_files import private_folder

FOLDER = "secrets/kubernetes"
KEYS = {
    "connections": r"AIRFLOW_CONN_.+",
    "airflow": r"AIRFLOW__.+|AIRFLOW_ADMIN_PASSWORD|MEDALLION_METRICS_TOKEN|REDIS_PASSWORD|KEDA_.+",
    "admin": r"POSTGRES_PASSWORD|AIRFLOW_DB_PASSWORD|MEDALLION_.*_(PASSWORD|URL)",
    "superset": r"SUPERSET_.+",
}
"""By Secret, the variables in it. Each pod gets what it needs, a task the connections alone."""


def make_secrets(release: str, known: Mapping[str, str], environ: Mapping[str, str]) -> list[Any]:
    """The manifests, for the servers of the chart itself: those that are known, and the rest made.

    Args:
        release: the name that `helm install` gives.
        known: values by variable, of a file of before.
        environ: as `complete_secrets` reads it (`BI`, `CELERY`, `TMDB_TOKEN`).
    """
    prefix = find_prefix(release)
    values = complete_secrets(known, environ, prefix=f"{prefix}-")
    address = values["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "", 1)
    values = {"KEDA_DATABASE_URL": address, **values}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"medallion-{name}"},
            "type": "Opaque",
            "stringData": {
                key: value for key, value in values.items() if value and re.fullmatch(pattern, key)
            },
        }
        for name, pattern in KEYS.items()
    ]


def find_prefix(release: str) -> str:
    """What the chart calls a release's objects (`medallion.fullname` in _names.tpl).

    >>> find_prefix("medallion"), find_prefix("data")
    ('medallion', 'data-medallion')
    """
    if "medallion" in release:
        return release[:40].removesuffix("-")
    return f"{release[:30].removesuffix('-')}-medallion"


def read_secrets(path: Path) -> dict[str, str]:
    """What a file of before holds, by variable; {}: there is none."""
    if not path.exists():
        return {}
    written = json.loads(path.read_text())["items"]
    return {key: value for one in written for key, value in one["stringData"].items()}


def main(folder: Path, release: str) -> int:
    """Write or complete the release's file. Nobody else of the machine reads it."""
    if not re.fullmatch(r"[a-z]([a-z0-9-]{0,51}[a-z0-9])?", release):
        raise SetupError(
            f"{release!r} is not a name of a release",
            remedy="small letters, digits and `-`: make chart-secrets RELEASE=medallion",
        )
    path = private_folder(folder / FOLDER) / f"{release}.json"
    made = make_secrets(release, read_secrets(path), os.environ)
    manifest = {"apiVersion": "v1", "kind": "List", "items": made}
    write_private(path, json.dumps(manifest, indent=2) + "\n")
    names = ", ".join(one["metadata"]["name"] for one in made)
    print(f"{path}: {names}")
    print(f"kubectl --namespace … apply --filename {path}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Path.cwd(), sys.argv[1]))
    except SetupError as error:
        sys.exit(str(error))
