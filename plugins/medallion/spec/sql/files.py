"""The SQL of gold tables, from include/sql/<domain>/: found, read, and which tables it reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from medallion.spec.files.regular_file import FileRefused, read_bounded
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import reading
from medallion.spec.models.queries import GoldQuery, ReadQuery

SQL_FOLDER = "include/sql"


def read_sql(
    root: Path, domain: str, name: str, file: str, read_query: ReadQuery
) -> tuple[GoldQuery | None, list[Finding]]:
    """The SELECT of the gold table `name`, or the findings that prevent it.

    Args:
        root: the project's folder, resolved.
        domain: its folder in include/sql/.
        name: the gold table's, for the place of findings.
        file: as the spec names it.
        read_query: reads the text.
    """
    where: KeyPath = ("gold", name, "sql")
    folder = f"{SQL_FOLDER}/{domain}"
    problem, remedy = _file_name_problem(file, folder)
    if problem:
        return None, [Finding(where=where, rule="sql-file", problem=problem, remedy=remedy)]
    path = f"{folder}/{file}"
    try:
        text = read_bounded(root / path, root / SQL_FOLDER).decode("utf-8-sig")
    except FileNotFoundError:
        return None, [_missing(root, folder, file, where)]
    except UnicodeDecodeError:
        what = f"{path} is not UTF-8"
        return None, [
            Finding(where=where, rule="sql-file", problem=what, remedy="save it as UTF-8")
        ]
    except FileRefused as refused:
        what, remedy = f"{path} {refused.problem}", refused.remedy
        return None, [Finding(where=where, rule="sql-file", problem=what, remedy=remedy)]
    if "\0" in text:
        what = f"{path} holds a NUL character"
        return None, [Finding(where=where, rule="sql-file", problem=what, remedy="remove it")]
    reading(*where)
    found_in = read_query(text)
    query = GoldQuery(text=text, path=path, upstream=found_in.upstream, places=found_in.places)
    problems = [
        Finding(
            where=where,
            rule="sql",
            file=path,
            line=found.line,
            column=found.column,
            problem=found.problem,
            remedy=found.remedy,
        )
        for found in found_in.problems
    ]
    return query, problems


def _file_name_problem(file: str, folder: str) -> tuple[str, str]:
    if "select " in file.lower() or "\n" in file.strip():
        return "it holds SQL, and should name a file", f"put the SELECT into a file of {folder}/"
    pure = PurePosixPath(file)
    if pure.is_absolute() or ".." in pure.parts or "\\" in file or "\0" in file:
        return f"{file} leads out of {folder}/", "name a file of that folder"
    if not file.endswith(".sql"):
        return f"{file or 'an empty text'} is not a .sql file", f"name a file of {folder}/"
    return "", ""


def _missing(root: Path, folder: str, file: str, where: KeyPath) -> Finding:
    there = sorted(_sql_files(root / folder))
    within = file.removeprefix(f"{folder}/")
    if within != file and within in there:
        remedy = f"write {within}: the path begins in {folder}/"
    else:
        remedy = did_you_mean(file, there) or f"write the SELECT into {folder}/{file}"
    return Finding(
        where=where, rule="sql-file", problem=f"there is no {folder}/{file}", remedy=remedy
    )


def _sql_files(folder: Path) -> Iterator[str]:
    try:
        for path in folder.rglob("*.sql"):
            yield path.relative_to(folder).as_posix()
    except OSError:
        return
