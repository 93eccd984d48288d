"""What an unquoted scalar means, and what is refused before anyone asks what a spec says."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from medallion.spec.files.regular_file import MAX_BYTES
from medallion.spec.yaml.loader import MAX_DEPTH, read_yaml
from medallion.spec.yaml.problems import YamlRefused
from medallion.spec.yaml.scalars import resolve_scalar


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("007", "007"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("2.", 2.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("9" * 41, "9" * 41),
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-02-31", "2026-02-31"),
        ("2026-01-31T06:00:00Z", datetime(2026, 1, 31, 6, tzinfo=UTC)),
        ("2026-01-31 06:00", datetime(2026, 1, 31, 6)),  # noqa: DTZ001
        ('"12"', "12"),
        ("'true'", "true"),
        ("|-\n  12", "12"),
    ],
)
def test_unquoted_scalars(written: str, meant: object) -> None:
    value = read_yaml(f"key: {written}\n".encode())["key"]
    assert value == meant
    assert type(value) is type(meant)


def test_keys_are_text_as_written() -> None:
    assert read_yaml(b"on: 1\n12: 2\nnull: 3\n2026-01-01: 4\n") == {
        "on": 1,
        "12": 2,
        "null": 3,
        "2026-01-01": 4,
    }


def test_a_byte_order_mark_is_not_part_of_the_first_key() -> None:
    assert read_yaml(b"\xef\xbb\xbfowner: me\n") == {"owner": "me"}


def _means_the_same_to_its_writer(text: str) -> bool:
    """PyYAML writes YAML 1.1, in which `1e3` is a text that needs no quotes."""
    return isinstance(resolve_scalar(text), str) or yaml.safe_dump([text]) != f"- {text}\n"


_SCALARS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)
_TEXTS = _SCALARS.filter(_means_the_same_to_its_writer)
_VALUES = st.recursive(
    _TEXTS | st.integers(-(10**9), 10**9) | st.booleans() | st.none() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_SCALARS.filter(bool), inner),
    max_leaves=12,
)


@given(st.dictionaries(_SCALARS.filter(bool), _VALUES, min_size=1))
def test_it_reads_what_a_yaml_writer_wrote(value: dict[str, object]) -> None:
    class WithoutAliases(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    written = yaml.dump(value, Dumper=WithoutAliases, allow_unicode=True)
    assert read_yaml(written.encode()) == value


def test_several_problems_are_reported_together() -> None:
    with pytest.raises(YamlRefused) as refused:
        read_yaml(b"a: &x 1\na: 2\nb: !t 3\n<<: 4\n")
    assert [(p.line, p.rule) for p in refused.value.problems] == [
        (1, "yaml-anchor"),
        (2, "yaml-duplicate-key"),
        (3, "yaml-tag"),
        (4, "yaml-merge-key"),
    ]


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- "])
def test_deep_nesting_is_refused_before_anything_recurses(opening: bytes) -> None:
    with pytest.raises(YamlRefused) as refused:
        read_yaml(b"a:\n " + opening * 100_000)
    assert refused.value.problems[-1].rule == "yaml-depth"


def test_the_deepest_that_is_allowed_is_read() -> None:
    levels = MAX_DEPTH - 1
    assert read_yaml(b"a: " + b"[" * levels + b"]" * levels)


def test_a_file_above_one_mebibyte_is_refused() -> None:
    assert read_yaml(b"a: " + b"x" * (MAX_BYTES - 3))
    with pytest.raises(YamlRefused) as refused:
        read_yaml(b"a: " + b"x" * (MAX_BYTES - 2))
    assert refused.value.problems[0].rule == "yaml-file-size"
