"""`init`: what an Airflow that is already there needs besides the package."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from medallion.errors import SetupError
from medallion.names import WAREHOUSE_CONN_ID
from medallion.roots import PROJECT_ROOT, airflow_dags_folder
from medallion.spec.schema import SCHEMAS, render

HELP = "write the DAG file and the folders of a project into Airflow's folder of DAGs"

SAMPLES = ("cinema",)
"""Domains that ship with the package and need no other one."""

PIPELINES = "medallion_pipelines.py"
_FILES: Mapping[str, str] = {
    PIPELINES: (
        '"""The DAGs of the specs in specs/, and those that look after them."""\n\n'
        "from medallion.airflow.domains import load_rest\n\n"
        "globals().update(load_rest(__file__))\n"
    ),
    "medallion_invalid_specs.py": (
        '"""Shows refused files of no domain in Airflow\'s "Dag import errors"; no DAG."""\n\n'
        "from medallion.airflow.domains import raise_for_rest\n\n"
        "raise_for_rest(__file__)\n"
    ),
    ".airflowignore": "specs/\ninclude/\n.medallion/\n",
}
_FOLDERS = ("specs", "include/sql", "include/data")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[FOLDER] [--sample DOMAIN] [--print]`."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="where Airflow, or a DAG bundle, reads its DAGs; Airflow's dags_folder by default",
    )
    parser.add_argument("--sample", choices=SAMPLES, help="put a domain there that can be run")
    parser.add_argument(
        "--print", action="store_true", dest="shown", help="only show the one file that is needed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write what is missing and print what comes next. No file that is there is changed.

    Raises:
        SetupError: the folder cannot be written.
    """
    if arguments.shown:
        print(_FILES[PIPELINES], end="")
        return 0
    folder: Path = (arguments.folder or airflow_dags_folder()).expanduser().resolve()
    try:
        written = list(_write(folder, arguments.sample))
    except OSError as error:
        raise SetupError(
            f"{error.filename or folder} cannot be written: {error.strerror}",
            remedy="name a folder: medallion init FOLDER, and take it to where Airflow reads DAGs",
        ) from error
    for path in written:
        print(f"  + {path.relative_to(folder)}")
    print(
        f"{len(written)} files written to {folder}.\n" if written else f"{folder} has them all.\n"
    )
    print(_next_steps(folder, arguments.sample))
    return 0


def _write(folder: Path, sample: str | None) -> Iterator[Path]:
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    texts = {**_FILES, **{f"specs/{name}": render(model) for name, model in SCHEMAS.items()}}
    contents = {folder / name: text.encode() for name, text in texts.items()}
    for path in _sample_files(sample) if sample else ():
        contents[folder / path] = (PROJECT_ROOT / path).read_bytes()
    for path, content in contents.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            yield path


def _sample_files(domain: str) -> Iterator[Path]:
    """All files of a domain that ships with the package, below its root."""
    for name in ("specs", "include/sql", "include/data"):
        for path in sorted((PROJECT_ROOT / name / domain).rglob("*")):
            if path.is_file():
                yield path.relative_to(PROJECT_ROOT)


def _next_steps(folder: Path, sample: str | None) -> str:
    first = f"specs/{sample}/" if sample else "specs/DOMAIN/PIPELINE.yaml"
    return f"""Next:
  1. The warehouse: an Airflow connection {WAREHOUSE_CONN_ID} of the type postgres, to a role that
     may create schemas. An administrator makes the roles of readers and domains: medallion roles
  2. {first} is a pipeline: medallion validate --root {folder}
  3. Airflow finds its DAG in {folder / PIPELINES}, paused as new DAGs are.
What each step does, and what to set where there are several machines: docs/own-airflow.md"""
