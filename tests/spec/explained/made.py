"""Examples for codes, made of golden files: what is wrong, what is said, and what is right.

A case `broken/<case>.yaml` has its counterpart in `right/<case>.yaml`, which is valid; a project
`broken_projects/<case>/` or `noted_projects/<case>/` has the files that differ in
`right_projects/<case>/`, or all of them if files are in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.spec.explained.examples import Example
from medallion.spec.findings.positions import Positions
from medallion.spec.yaml.loader import read_yaml

SPEC = Path(__file__).parents[1]
WRONG_PROJECTS = ("broken_projects", "noted_projects")
WHOLE = (
    "domain_like_an_environment",
    "domain_named_public",
    "files_in_the_wrong_place",
    "folder_named_like_a_spec",
)
"""Projects of which files are in the wrong place: their counterparts are whole."""
PREFERRED = {
    "schedule": "schedule_cron_fields",
    "name": "name_with_capital",
    "pattern": "everything_of_a_dataset",
    "value": "contract_words",
    "check": "check_unknown_column",
}
"""The case that teaches most, where it is not the smallest."""
MOST_LINES = 9
_LINE = re.compile(r"(\S+?):(\d+):\d+: \w+: \[([a-z-]+)\] (?:(\S+): )?(.*)")

_OF_DOMAIN = re.compile(r"(\w+) of domain\.yaml: ")


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files of a wrong project and of a right one, by the path that messages have."""

    name: str
    said: str
    wrong: tuple[Path, ...]
    right: tuple[Path, ...]

    @property
    def size(self) -> int:
        """The lines of what is said: a case of one message is the clearest."""
        return self.said.count("\n")


def cases() -> list[Case]:
    """Each case with a counterpart, the smallest first."""
    found = []
    for path in (SPEC / "right").glob("*.yaml"):
        said = (SPEC / "broken" / f"{path.stem}.txt").read_text(encoding="utf-8")
        wrong, right = SPEC / "broken", SPEC / "right"
        found.append(Case(name=path.stem, said=said, wrong=(wrong,), right=(right, wrong)))
    for folder in (SPEC / "right_projects").iterdir():
        wrong = wrong_project(folder.name)
        said = wrong.with_suffix(".txt").read_text(encoding="utf-8")
        right = (folder,) if folder.name in WHOLE else (folder, wrong)
        found.append(Case(name=folder.name, said=said, wrong=(wrong,), right=right))
    return sorted(found, key=lambda case: (case.size, case.name))


def wrong_project(name: str) -> Path:
    """The folder of a project's case."""
    return next(SPEC / kind / name for kind in WRONG_PROJECTS if (SPEC / kind / name).is_dir())


def made() -> dict[str, Example]:
    """An example for each code that a case with a counterpart reports."""
    examples: dict[str, Example] = {}
    chosen = [
        (code, case) for case in cases() for code in PREFERRED if PREFERRED[code] == case.name
    ]
    for code, case in chosen:
        found = dict(reversed(list(_of_case(case, widely=False))))
        examples[code] = found[code]
    for widely in (False, True):
        for case in cases():
            for code, example in _of_case(case, widely=widely):
                examples.setdefault(code, example)
    return examples


def _of_case(case: Case, *, widely: bool) -> Iterator[tuple[str, Example]]:
    """Those whose key is in the counterpart too; or `widely` what stands around it."""
    for said in case.said.splitlines():
        found = _LINE.fullmatch(said)
        if found is None:
            continue
        path, line, code, key, rest = found.groups()
        problem, remedy = _parted(rest)
        if line == "0":
            yield code, _of_places(case, problem, remedy)
            continue
        if of_domain := _OF_DOMAIN.match(problem):
            domain = f"{path.rpartition('/')[0]}/domain.yaml"
            yield code, _of_key(case, domain, of_domain[1], problem, remedy)
            continue
        try:
            wrong = _text(case.wrong, path)
            right = _right(case, path, key or "", code)
        except FileNotFoundError:
            continue
        shown = _shown(wrong, path, int(line), code)
        if widely and right in (None, shown) and path.endswith(".yaml"):
            shown, right = _around(wrong, _text(case.right, path), _steps(key or ""))
        if right is None:
            continue
        if shown != right:
            language = "sql" if path.endswith(".sql") else "yaml"
            yield (
                code,
                Example(
                    language=language, wrong=shown, problem=problem, remedy=remedy, right=right
                ),
            )


def _of_places(case: Case, problem: str, remedy: str) -> Example:
    """Of a message about where files are: their paths."""
    wrong, right = (
        "\n".join(
            sorted(
                path.relative_to(folders[0]).as_posix()
                for path in folders[0].rglob("*")
                if path.is_file()
            )
        )
        for folders in (case.wrong, case.right)
    )
    return Example(language="text", wrong=wrong, problem=problem, remedy=remedy, right=right)


def _of_key(case: Case, path: str, key: str, problem: str, remedy: str) -> Example:
    """Of a message about another file, whose key it names."""
    wrong, right = (
        excerpt(text, Positions(text).place((key,), on_key=True).line)
        for text in (_text(case.wrong, path), _text(case.right, path))
    )
    return Example(language="yaml", wrong=wrong, problem=problem, remedy=remedy, right=right)


def _shown(text: str, path: str, line: int, code: str) -> str:
    is_whole = path.endswith(".sql") or code.startswith("yaml-")
    return "\n".join(text.splitlines()[:MOST_LINES]) if is_whole else excerpt(text, line)


def _right(case: Case, path: str, key: str, code: str) -> str | None:
    """What stands in the same place of the counterpart; None if that has no such table."""
    steps = _steps(key)
    if path.endswith(".sql"):
        domain = path.split("/")[2]
        for folder in case.right:
            for spec in sorted(folder.glob(f"specs/{domain}/*.yaml")) or [
                folder / f"{case.name}.yaml"
            ]:
                name = _value(spec, steps) if spec.is_file() else None
                if isinstance(name, str):
                    return _shown(_text(case.right, f"include/sql/{domain}/{name}"), path, 1, code)
        return None
    text = _text(case.right, path)
    if code.startswith("yaml-"):
        return _shown(text, path, 1, code)
    held = read_yaml(text.encode())
    for step in steps[:2]:
        if step in (held if isinstance(held, dict) else range(len(held or ()))):
            held = held[step]
        elif len(steps) > 1:
            return None
    return excerpt(text, Positions(text).place(tuple(steps), on_key=True).line)


def _around(wrong: str, right: str, steps: list[str | int]) -> tuple[str, str]:
    """The nearest keys above in which the two differ; the whole texts where none does."""
    for depth in range(len(steps) - 1, 0, -1):
        shown, kept = (
            excerpt(text, Positions(text).place(tuple(steps[:depth]), on_key=True).line)
            for text in (wrong, right)
        )
        if shown != kept:
            return shown, kept
    return wrong.rstrip("\n"), right.rstrip("\n")


def _value(spec: Path, steps: list[str | int]) -> Any:
    held: Any = read_yaml(spec.read_bytes())
    for step in steps:
        held = held.get(step) if isinstance(held, dict) else None
    return held


def _text(folders: tuple[Path, ...], path: str) -> str:
    """A file by the path of a message: cases of one spec have it right in their folder."""
    for folder in folders:
        for place in (folder / path, folder / Path(path).name):
            if place.is_file():
                return place.read_text(encoding="utf-8", errors="backslashreplace")
    raise FileNotFoundError(path)


def _parted(rest: str) -> tuple[str, str]:
    """`problem (remedy)`, where the remedy may have brackets of its own."""
    if not rest.endswith(")"):
        return rest, ""
    depth = 0
    for at in range(len(rest) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(rest[at], 0)
        if depth == 0:
            return rest[: at - 1], rest[at + 1 : -1]
    return rest, ""


def _steps(key: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", key)]


def excerpt(text: str, line: int) -> str:
    """A line with the keys above it, and what stands below it.

    >>> print(excerpt("a:\\n  b: 1\\n  c:\\n    d: 2\\n", 3))
    a:
      c:
        d: 2
    """
    lines = text.splitlines()
    own = lines[line - 1]
    indent = _indent(own)
    above: list[str] = []
    for other in reversed(lines[: line - 1]):
        if other.strip() and _indent(other) < indent:
            above.insert(0, other)
            indent = _indent(other)
    below: list[str] = []
    for other in lines[line:]:
        if other.strip() and _indent(other) <= _indent(own):
            break
        below.append(other)
    cut = below[:MOST_LINES]
    if len(below) > len(cut):
        cut.append(" " * _indent(cut[-1]) + "…")
    return "\n".join([*above, own, *cut])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
