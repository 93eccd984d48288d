"""How the package is written: what no linter of ours holds."""

from __future__ import annotations

import ast
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
