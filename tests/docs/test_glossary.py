"""The words that docs/glossary.md has replaced do not come back: in code, messages or pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

RETIRED = re.compile(
    r"\b(told|mend(s|ed|ing)?|anew|sets? aside|stepped aside|steps? aside|what it is for)\b"
    r"|\b[Oo]ne row an? (?=[a-z])"
    r"|\b(lets? (it|them) in|st(ands?|ood|anding) (in|for)|(go(es)?|went|[Gg]oing) on)\b"
    r"|\b(is|are|was|were|be|being|been) said\b"
    r"|(?<![Tt]here )\b(is|are) no (?!longer|more|one\b|use\b|other\b|reason|room|better|less|older"
    r"|such|way\b|doubt|need|good\b|limit)[a-z]",
)
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/*.md",
    "docs/decisions/*.md",
    "bench/README.md",
)
CODE = ("plugins/medallion/**/*.py", "dags/*.py", "bench/**/*.py", "docsite/*.py")
SQL = ("plugins/medallion/**/*.sql",)
UI = ("plugins/medallion/**/*.html", "plugins/medallion/**/*.js")
# Released migrations are never changed, and two names are of formats and packages, not ours.
LEFT_OUT = ("docs/glossary.md", "/migrations/")
PARTICIPLE = re.compile(
    r"(?!(?:feed|need|seed)$)(?:[a-z]+ed|told|spoken|shown|known|kept|made|held|given|taken|found"
    r"|brought|said|seen|left|lost|written|chosen|drawn|sent|built|bound|done|gone|broken|hidden"
    r"|frozen|led|meant|met|overtaken|overwritten|proven|spelt|unread|withheld)"
)
# `bound` is a verb too, and runs that wait for an answer have `answered` in Airflow's database.
VERBS = ("bound", "answered")
ASKS = frozenset(["are", "can", "cannot", "has", "have", "is", "may", "must", "was", "will"])
"""What begins the name of a function that answers yes or no: a participle may end it."""
ACTS = frozenset((
    "add", "answer", "apply", "build", "check", "collect", "compare", "copy", "count",
    "describe", "drop", "end", "estimate", "explain", "filter", "find", "gate", "hold",
    "insert", "judge", "keep", "list", "look", "map", "name", "note", "on", "open", "pick",
    "print", "propose", "read", "refuse", "report", "resolve", "say", "select", "send", "shape",
    "share", "sum", "warn", "write",
))  # fmt: skip
"""The verbs that stand before a participle: `find_lost` is an action, `columns_seen` is not."""
NAMED_BY_A_CODE = ("spec/rules/", "sources/formats/fixed_width.py")
"""A rule is a function of the name that messages show: `connection_allowed`."""
OF_A_CODE = "Iterator[KeyProblem]"
"""So is what a source's or a format's keys exclude: `fixed_width_columns`."""


def files(root: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if not any(part in path.as_posix() for part in LEFT_OUT):
                yield path


def found_in(path: Path, root: Path) -> list[str]:
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return [
        f"{path.relative_to(root)}:{number}: {match.group(0)!r}"
        for number, line in lines
        for match in RETIRED.finditer(line)
    ]


@pytest.mark.parametrize("kind", [PAGES, CODE, SQL, UI], ids=["pages", "code", "sql", "ui"])
def test_retired_words_do_not_come_back(kind: tuple[str, ...], project_root: Path) -> None:
    paths = list(files(project_root, kind))
    assert paths
    assert [place for path in paths for place in found_in(path, project_root)] == []


def functions_named_by_participles(text: str) -> list[str]:
    """Functions that are called as such: what a property is named by is no action."""
    return [
        f"{node.lineno} {node.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and is_named_by_a_participle(node.name.strip("_").split("_"))
        and OF_A_CODE not in ast.unparse(node.returns or ast.Constant(None))
        and not any("property" in ast.unparse(one) for one in node.decorator_list)
    ]


def is_named_by_a_participle(words: Sequence[str]) -> bool:
    first, *_, last = words if len(words) > 1 else words * 2
    if first in VERBS:
        return False
    return bool(
        PARTICIPLE.fullmatch(first) or (PARTICIPLE.fullmatch(last) and first not in ASKS | ACTS)
    )


def test_functions_are_verbs(project_root: Path) -> None:
    named = {
        str(path.relative_to(project_root)): found
        for path in files(project_root, ("plugins/medallion/**/*.py",))
        if not any(place in path.as_posix() for place in NAMED_BY_A_CODE)
        if (found := functions_named_by_participles(path.read_text(encoding="utf-8")))
    }
    assert named == {}


def test_a_function_named_by_a_participle_is_found() -> None:
    text = "def filled(): ...\ndef _told(): ...\ndef feed(): ...\ndef fill(): ...\nclass A:\n"
    text += "    @property\n    def kept(self): ...\n    def sent(self): ...\n"
    text += "def rows_counted(): ...\ndef as_shown(): ...\ndef kept_whole(): ...\n"
    text += "def find_lost(): ...\ndef is_lost(): ...\ndef bound_to(): ...\n"
    assert sorted(one.split()[1] for one in functions_named_by_participles(text)) == [
        "_told", "as_shown", "filled", "kept_whole", "rows_counted", "sent",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "retired"),
    [
        ("it is no number", True),
        ("Clearing it extracts anew", True),
        ("there is no such file", False),
        ("it is no longer read", False),
        ("the words are no records", True),
        ("the order is mended by hand", True),
        ("recommended", False),
        ("One row a customer", True),
        ("One row at a time", False),
        ("the run goes on", True),
        ("a value stands in the log", True),
        ("it is said once", True),
        ("the spec says so", False),
    ],
)
def test_what_counts_as_retired(line: str, retired: bool) -> None:
    assert bool(RETIRED.search(line)) is retired


def test_the_glossary_is_in_order_and_says_each_word_once(project_root: Path) -> None:
    page = (project_root / "docs/glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([a-z ]+) \| ", page.partition("## Words that")[0], re.MULTILINE)[1:]
    assert words == sorted(set(words))
