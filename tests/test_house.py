"""How the package is written: what no linter of ours holds."""

from __future__ import annotations

import ast
import json
import re
import tomllib

from medallion.roots import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "plugins" / "medallion"
LONGEST_FUNCTION = 50


def long_functions(text: str) -> list[str]:
    return [
        f"{node.lineno} {node.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]


def test_a_function_of_51_lines_is_found() -> None:
    lines = ["def fits():", *["    pass"] * 49, "def is_long():", *["    pass"] * 50]
    assert long_functions("\n".join(lines)) == ["51 is_long"]


def test_no_function_is_longer_than_50_lines() -> None:
    found = {
        str(path.relative_to(PACKAGE)): long
        for path in sorted(PACKAGE.rglob("*.py"))
        if (long := long_functions(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_linter_holds_the_complexity_at_10() -> None:
    lint = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "C90" in lint["select"]
    assert lint["mccabe"]["max-complexity"] == 10
    package = [pattern for pattern in lint["per-file-ignores"] if not pattern.startswith("tests")]
    assert not [p for p in package if "C90" in str(lint["per-file-ignores"][p])]


_NAMED = re.compile(r"`([A-Za-z_]+(?:\.[A-Za-z_]+)+)(?:\(.*?\))?`")
_FILES = (".py", ".yaml", ".json", ".sql", ".jsonl", ".md")


def holders() -> dict[str, set[str]]:
    """What packages, modules and classes hold, by their last name."""
    held: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        package = path.parent.name
        held.setdefault(package, set()).add(path.stem)
        held.setdefault(path.parent.parent.name, set()).add(package)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = package if path.stem == "__init__" else path.stem
        held.setdefault(name, set()).update(names_in(tree))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                held.setdefault(node.name, set()).update(names_in(node))
    return held


def names_in(tree: ast.Module | ast.ClassDef) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.ImportFrom(names=names):
                found |= {one.asname or one.name for one in names}
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name):
                found.add(name)
    return found


def words_of_specs(node: object) -> set[str]:
    """The names of keys in a JSON schema."""
    if isinstance(node, list):
        return set().union(*map(words_of_specs, node))
    if not isinstance(node, dict):
        return set()
    return set(node.get("properties", ())) | words_of_specs(list(node.values()))


def dead_names(text: str, held: dict[str, set[str]], words: set[str]) -> list[str]:
    """Dotted names in backticks of a text that lead to nothing: what holds the last does not have
    it, or something of ours is named where it is not."""
    ours = {name for names in held.values() for name in names if "_" in name}
    found = []
    for name in _NAMED.findall(text):
        *_, first, last = name.split(".")
        if name.endswith(_FILES) or first in words or last in held.get(first, ()):
            continue
        if last in ours or (first in held and "_" in last):
            found.append(name)
    return found


def test_a_name_of_a_docstring_that_leads_to_nothing_is_found() -> None:
    held = {"copies": {"with_one_line_end"}, "files": {"python_files"}, "load": {"specs"}}
    text = "`part_copies.with_one_line_end`, `files.python_files`, `load.python_files`, `cursor.at`"
    assert dead_names(text, held, {"cursor"}) == [
        "part_copies.with_one_line_end",
        "load.python_files",
    ]


def test_names_in_docstrings_lead_somewhere() -> None:
    held = holders()
    words = set().union(
        *(
            words_of_specs(json.loads(path.read_text()))
            for path in (PROJECT_ROOT / "specs").glob("*.schema.json")
        )
    )
    found = {
        str(path.relative_to(PACKAGE)): dead
        for path in sorted(PACKAGE.rglob("*.py"))
        if (dead := dead_names(docstrings(path.read_text(encoding="utf-8")), held, words))
    }
    assert found == {}


def docstrings(text: str) -> str:
    """All texts that are statements of their own: docstrings, and those below a field."""
    return "\n".join(
        node.value.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def test_a_contract_holds_the_rooms_of_each_folder_that_the_architecture_names() -> None:
    page = (PROJECT_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE))
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    held = {room.split(".")[1] for one in contracts for room in one.get("containers", ())}
    assert named == held
    folders = {path.name for path in PACKAGE.iterdir() if any(path.glob("*/__init__.py"))}
    assert folders == held
