"""Two DAG files for each domain, made by Medallion: one that only loads, one that only raises.

Airflow keeps one import error for each .py file, and a file that raises loses its DAGs. So what
loads a domain's DAGs never raises, and what lists its refused specs has no DAG.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from medallion.names import NAME_PATTERN
from medallion.spec.files.regular_file import SPECS_FOLDER

FOLDER = "domains"
_MARK = '"""Made by Medallion, and made again when it is gone'
_FILES = {
    "pipelines.py": (
        f'{_MARK}: the DAGs of the domain {{domain}}."""\n\n'
        "from medallion.airflow.domains import load_domain\n\n"
        'globals().update(load_domain("{domain}"))\n'
    ),
    "refused_specs.py": (
        f"{_MARK}: shows the refused specs of the domain {{domain}} in Airflow's\n"
        '"Dag import errors", and builds no DAG.\n"""\n\n'
        "from medallion.airflow.domains import raise_for_domain\n\n"
        'raise_for_domain("{domain}")\n'
    ),
}


def dags_folder() -> Path:
    """Airflow's setting `[core] dags_folder`. Imports Airflow's configuration."""
    from airflow.configuration import conf

    return Path(str(conf.get("core", "dags_folder")))


def keep_stubs(dags: Path, root: Path) -> None:
    """Write files that are missing or outdated, and remove those of domains that are gone. If the
    folder is not writable, nothing happens.

    Args:
        dags: Airflow's folder of DAGs.
        root: the project's folder.
    """
    domains = _domains(root)
    with suppress(OSError):
        for domain in domains:
            for name, text in _FILES.items():
                _write(dags / FOLDER / domain / name, text.format(domain=domain))
        for folder in _folders(dags / FOLDER):
            if folder.name not in domains:
                _remove(folder)


def make_missing_stubs(dags: Path, root: Path) -> None:
    """`keep_stubs` for a starting task, in a tenth of a millisecond: only missing files are
    written."""
    folders = [dags / FOLDER / domain for domain in _domains(root)]
    if not all((folder / name).exists() for folder in folders for name in _FILES):
        keep_stubs(dags, root)


def find_stubbed(dags: Path) -> frozenset[str]:
    """The domains that have both files."""
    return frozenset(
        folder.name
        for folder in _folders(dags / FOLDER)
        if all((folder / name).is_file() for name in _FILES)
    )


def _domains(root: Path) -> frozenset[str]:
    """The folders of specs/ with a domain's name; what is in them is not looked at."""
    folders = _folders(root / SPECS_FOLDER)
    return frozenset(folder.name for folder in folders if re.match(NAME_PATTERN, folder.name))


def _folders(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()]
    except OSError:
        return []


def _write(path: Path, text: str) -> None:
    with suppress(FileNotFoundError):
        if path.read_text(encoding="utf-8") == text:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).chmod(0o644)  # other users of the machine may run tasks
    Path(temporary).replace(path)


def _remove(folder: Path) -> None:
    """Only what Medallion has made itself."""
    for path in folder.glob("*.py"):
        if path.read_text(encoding="utf-8").startswith(_MARK):
            path.unlink()
    with suppress(OSError):
        folder.rmdir()
