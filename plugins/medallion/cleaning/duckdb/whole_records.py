"""JSON records that no column can be read from with certainty: they are quarantined whole.

If a JSON object has a key twice, a path finds its first value, jsonb and most readers keep its
last. So a record is quarantined if it, or an object on a column's path, has a key twice; inside a
value that becomes jsonb, the column refuses it. In a text column an object is kept as written, and
one that nothing reads does not matter. The bronze gate and the sources do the same
(`sources/formats/json_keys.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from medallion.cleaning.declared.paths import JsonPath, json_path
from medallion.cleaning.duckdb.casts import call, has_each_key_once
from medallion.cleaning.duckdb.json_numbers import restore_number
from medallion.cleaning.duckdb.naming import column_of
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.verbs.templates import fill
from medallion.records import RecordLayout

RECORD = "_record"
"""A record of JSON Lines, as it was landed."""

PROBLEM = "_problem"
"""What is wrong with the record as a whole; NULL where nothing is."""

_TWICE = """
    list_extract(
        list_transform(
            [keys],
            LAMBDA all_keys: CASE WHEN len(all_keys) > list_unique(all_keys) THEN list_extract(
                list_filter(
                    all_keys, LAMBDA key: len(list_filter(all_keys, LAMBDA k: k = key)) > 1
                ),
                1
            ) END
        ),
        1
    )
"""


def problem(columns: Sequence[Column], layout: RecordLayout) -> exp.Expr:
    """What is wrong with a JSON record, NULL if nothing is."""
    record = column_of(RECORD)
    places = [
        _key_twice(record, place, own_first=layout.with_parent and not place)
        for place in _objects(columns)
    ]
    twice = call("coalesce", *places, *_in_elements(columns))
    kind = call("json_type", record)
    no_object = exp.not_(call("coalesce", kind.eq("OBJECT"), exp.false()))
    said = call("concat", 'record: has the key "', restore_number(twice), '" more than once')
    case = exp.Case().when(no_object, exp.Literal.string("record: is not a JSON object"))
    return case.when(exp.not_(twice.is_(exp.null())), said)


def keep_whole(record: exp.Expr) -> exp.Expr:
    """The record for quarantine: as a text if jsonb would drop a value of it."""
    return fill(
        "CASE WHEN once THEN record ELSE CAST(json_object(name, record) AS text) END",
        once=has_each_key_once(record),
        name="_text",
        record=record,
    )


def _objects(columns: Iterable[Column]) -> list[str]:
    """The pointers of the objects that the columns' paths go through, the record first."""
    return sorted({place for path in _paths(columns) for place in _above(path.pointer)} | {""})


def _above(pointer: str) -> list[str]:
    """The places that a pointer goes through.

    >>> _above("/a/b/c")
    ['', '/a', '/a/b']
    """
    steps = pointer.split("/")
    return ["/".join(steps[:end]) for end in range(1, len(steps))]


def _in_elements(columns: Iterable[Column]) -> list[exp.Expr]:
    """A key that an element has more than once of the arrays that paths go through each of."""
    paths = {(path.pointer, path.each) for path in _paths(columns) if path.each}
    return [
        fill(
            """
            CASE WHEN json_type(record, place) = 'ARRAY' THEN list_extract(
                list_filter(
                    list_transform(CAST(json_extract(record, place) AS json[]),
                        LAMBDA element: twice),
                    LAMBDA key: key IS NOT NULL
                ),
                1
            ) END
            """,
            record=column_of(RECORD),
            place=pointer,
            twice=call("coalesce", *(_key_twice(exp.column("element"), at) for at in _above(each))),
        )
        for pointer, each in sorted(paths)
    ]


def _paths(columns: Iterable[Column]) -> list[JsonPath]:
    return [json_path(field) for column in columns for field in column.fields]


def _key_twice(json: exp.Expr, place: str, *, own_first: bool = False) -> exp.Expr:
    """A key that the object at a place has more than once, or NULL.

    Args:
        own_first: the first key is not of the source: `_parent` was put before what it sent, and
            stays the one that is read.
    """
    keys = call("json_keys", json, *([place] if place else []))
    if own_first:
        keys = call("list_slice", keys, exp.Literal.number(2), exp.Literal.number(-1))
    return fill(_TWICE, keys=keys)
