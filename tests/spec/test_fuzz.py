"""Whatever is in a spec's file, nothing but SpecError comes out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from medallion.errors import SpecError
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

HERE = Path(__file__).parent
RELAXED = settings(max_examples=150)


def load(root: Path, data: bytes, name: str = "spec.yaml") -> None:
    """Load `data` as a spec; a SpecError must tell issues, anything else fails the test."""
    path = root / "specs" / "shop" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    try:
        load_spec(path, root, sql_reader(root))
    except SpecError as error:
        assert error.issues
        assert not [issue for issue in error.issues if issue.rule == "defect"], str(error)
        assert all("\n" not in issue.one_line() for issue in error.issues)


@RELAXED
@given(st.binary(max_size=400))
@example(b"\xf0")
@example(b"\x00")
@example(b"a: \xed\xa0\x80")
@example(b"%YAML 9.9\n--- a")
@example(b"? \n? \n")
def test_any_bytes_are_loaded_or_refused(tmp_path: Path, data: bytes) -> None:
    load(tmp_path, data)


@RELAXED
@given(st.text(alphabet="abon:-?[]{}&*!|>'\"%@`#,~.0123 \n\t", max_size=120))
def test_text_that_looks_like_yaml(tmp_path: Path, text: str) -> None:
    load(tmp_path, text.encode())


@RELAXED
@given(st.text(alphabet="abon:-?[]{}&*!|>'\"%@`#,~.0123 \n\t", max_size=120))
def test_the_defaults_of_a_domain(tmp_path: Path, text: str) -> None:
    load(tmp_path, text.encode(), name="domain.yaml")
    load(tmp_path, b"description: x\n")


_ODD = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**30, "", "x", "2026-01-01", [], {}, [None], {"a": None}, [[[]]]]
)


def _valid() -> Any:
    return yaml.safe_load((HERE / "whole.yaml").read_text())


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = ()
    if isinstance(node, dict):
        inner = node.items()
    elif isinstance(node, list):
        inner = enumerate(node)
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


PLACES = [place for place in _places(_valid()) if place]


@RELAXED
@given(st.lists(st.tuples(st.sampled_from(PLACES), _ODD), min_size=1, max_size=3))
def test_a_valid_spec_with_odd_values_in_it(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    spec = _valid()
    for (*way, last), value in changes:
        holder = spec
        try:
            for part in way:
                holder = holder[part]
            holder[last] = value
        except (TypeError, KeyError, IndexError):
            continue
    load(tmp_path, yaml.safe_dump(spec).encode())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_a_valid_spec_without_one_of_its_values(tmp_path: Path, place: tuple[Any, ...]) -> None:
    spec = _valid()
    holder = spec
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = None
    load(tmp_path, yaml.safe_dump(spec).encode())
