"""Avro's values, by fastavro, each by the schema that it was written with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from medallion.errors import MedallionError
from medallion.sources.base.providers import missing
from medallion.sources.kafka.values.avro_logic import add_readers, rename_logical_types
from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.plain_json import write_json
from medallion.sources.kafka.values.registry import Schema


def make_reader(schema: Schema) -> Callable[[bytes], bytes]:
    """What makes JSON of a value without its prefix.

    Raises:
        Unread: the schema makes no sense, or would read without an end.
        SetupError: the package is missing.
    """
    try:
        import fastavro
        import fastavro._read_py  # what PyPy uses
    except ImportError:
        raise missing("avro") from None
    add_readers(fastavro.read.LOGICAL_READERS)
    with _reasons("its schema is not one of Avro", "its schema is nested too deep"):
        parsed, is_recursive = _parse(schema)
    # A value of such a schema can end the whole task in the compiled reader. The one in Python
    # raises RecursionError.
    read = fastavro._read_py.schemaless_reader if is_recursive else fastavro.schemaless_reader

    def to_json(body: bytes) -> bytes:
        source = BytesIO(body)
        with _reasons("the value is not as its schema says", "the value is nested too deep"):
            found = write_json(read(source, parsed, None))
        if left := len(body) - source.tell():
            raise Unread(f"the value has {left:,} bytes more than its schema says")
        return found

    return to_json


@contextmanager
def _reasons(wrong: str, deep: str) -> Iterator[None]:
    """Errors of fastavro, which are of a dozen kinds, as the reason why a message is not read."""
    try:
        yield
    except (Unread, MedallionError):
        raise
    except RecursionError:
        raise Unread(deep) from None
    except Exception as error:
        raise Unread(f"{wrong}: {_short(error)}") from None


def _parse(schema: Schema) -> tuple[Any, bool]:
    """The schema as fastavro reads by it, and whether a record of it may hold itself."""
    import fastavro

    named: dict[str, Any] = {}
    for _, text in schema.references:
        fastavro.parse_schema(rename_logical_types(json.loads(text)), named)
    parsed = fastavro.parse_schema(rename_logical_types(json.loads(schema.text)), named)
    shape = _Shape(named)
    shape.find_least_size(parsed)
    return parsed, shape.is_recursive


class _Shape:
    """What of a schema a hostile writer could use."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named
        self._sizes: dict[str, int] = {}
        self._open: set[str] = set()
        self.is_recursive = False

    def find_least_size(self, schema: Any) -> int:
        """The fewest bytes that a value takes.

        Raises:
            Unread: an array has items of no bytes: a value of a few bytes may have any number of
                them.
        """
        if isinstance(schema, list):
            for one in schema:
                self.find_least_size(one)
            return 1
        if isinstance(schema, str):
            known = schema in self._named
            return self.find_least_size(self._named[schema]) if known else int(schema != "null")
        return self._find_size_of_one(schema["type"], schema)

    def _find_size_of_one(self, kind: Any, schema: Mapping[str, Any]) -> int:
        if isinstance(kind, list | dict) or kind in self._named:
            return self.find_least_size(kind)
        if kind in ("record", "error"):
            return self._find_size_of_record(schema)
        if kind not in ("array", "map"):
            return int(schema["size"]) if kind == "fixed" else int(kind != "null")
        least = self.find_least_size(schema["items" if kind == "array" else "values"])
        if kind == "array" and not least:
            raise Unread("its schema has an array of items that take no bytes")
        return 1

    def _find_size_of_record(self, schema: Mapping[str, Any]) -> int:
        name = schema["name"]
        if name in self._open:
            self.is_recursive = True
            return 1
        if name not in self._sizes:
            self._open.add(name)
            sizes = [self.find_least_size(one["type"]) for one in schema["fields"]]
            self._sizes[name] = sum(sizes)
            self._open.discard(name)
        return self._sizes[name]


def _short(error: Exception) -> str:
    """Without what it quotes of the value: that may be personal."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__
