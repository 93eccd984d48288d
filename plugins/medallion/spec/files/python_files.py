"""The module of a custom step, from include/python/: found, read and parsed, never executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medallion.cleaning.declared.rows import TransformSpec
from medallion.spec.files.regular_file import FileRefused, read_bounded
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import reading

PYTHON_FOLDER = "include/python"
RULE = "transform"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomCode:
    """A custom step's module: its path below the root, and its source."""

    path: str
    source: str


def read_code(
    root: Path, dataset: str, transform: TransformSpec
) -> tuple[CustomCode | None, list[Finding]]:
    """The module that a dataset's `transform` names, or the reasons it cannot be used.

    Args:
        root: the project's folder, resolved.
        dataset: for the place of findings.
        transform: as the spec has it.
    """
    where: KeyPath = ("datasets", dataset, "silver", "transform")
    path = f"{PYTHON_FOLDER}/{transform.path}"
    reading(*where)
    try:
        source = read_bounded(root / path, root / PYTHON_FOLDER).decode("utf-8-sig")
        tree = ast.parse(source, path)
    except FileNotFoundError:
        there = sorted(_modules(root))
        module = transform.function.partition(":")[0]
        remedy = did_you_mean(module, there) or f"write the function into {path}"
        return None, [_refuse(where, f"there is no {path}", remedy)]
    except FileRefused as refused:
        return None, [_refuse(where, f"{path} {refused.problem}", refused.remedy)]
    except SyntaxError as error:
        problem = f"Python cannot read this: {error.msg}"
        return None, [_refuse(where, problem, "fix it", path, error.lineno or 1, error.offset or 1)]
    except (ValueError, RecursionError, MemoryError):  # not UTF-8, a NUL, nested without end
        return None, [_refuse(where, f"{path} is not Python source", "save it as UTF-8")]
    return CustomCode(path=path, source=source), list(_function(where, path, tree, transform.name))


def _function(where: KeyPath, path: str, tree: ast.Module, name: str) -> Iterator[Finding]:
    functions = {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    node = functions.get(name)
    if node is None:
        yield _refuse(where, f"{path} has no function {name}", did_you_mean(name, functions))
        return
    at = (path, node.lineno, node.col_offset + 1)
    if isinstance(node, ast.AsyncFunctionDef):
        yield _refuse(where, f"{name} is asynchronous", "write `def`, without `async`", *at)
    elif not _takes_one(node.args):
        remedy = f"write `def {name}(frame):`"
        yield _refuse(where, f"{name} is called with one DataFrame and nothing else", remedy, *at)


def _takes_one(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    needed = positional - len(arguments.defaults)
    keywords = any(default is None for default in arguments.kw_defaults)
    return needed <= 1 and (positional >= 1 or arguments.vararg is not None) and not keywords


def _refuse(  # a finding has as many parts
    where: KeyPath, problem: str, remedy: str, file: str = "", line: int = 0, column: int = 0
) -> Finding:
    return Finding(
        where=where,
        rule=RULE,
        problem=problem,
        remedy=remedy,
        file=file,
        line=line,
        column=column,
    )


def _modules(root: Path) -> Iterator[str]:
    folder = root / PYTHON_FOLDER
    try:
        for path in folder.rglob("*.py"):
            yield ".".join(path.relative_to(folder).with_suffix("").parts)
    except OSError:
        return
