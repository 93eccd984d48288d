"""Plans and loaded specs as JSON and back: data alone, so that reading them runs nothing.

A pickle would be quicker to write, and whoever could write one could run code in Airflow's own
processes: the very process that reads hostile specs writes these texts. Here a text can only make
frozen data classes, models and enums of Medallion, with the values that it names; the fields of
each class must be the ones that the class has now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from functools import cache, partial
from importlib import import_module
from operator import attrgetter
from typing import Any

from pydantic import BaseModel

from medallion.plan.late import HasLateFields, postpone

ROOMS = (
    "medallion.plan.",
    "medallion.spec.",
    "medallion.sources.",
    "medallion.cleaning.",
    "medallion.checks.",
    "medallion.publish.",
    "medallion.sql.",
    "medallion.schedules.",
    "medallion.names",
    "medallion.records",
    "medallion.unpivot",
    "medallion.errors",
)
"""The modules whose classes are kept."""


_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
    ImportError,  # a module that an older version of the code had
)


class Damaged(Exception):
    """The text is not one of ours, or was written for other versions of the classes. Callers
    compile again."""


def encode(value: Any) -> str:
    """A value as JSON text.

    Raises:
        TypeError: it holds something that is not data.
    """
    writer = _Writer()
    written = writer.write(value)
    classes = [(kind.__module__, kind.__qualname__, _shape(kind)[0]) for kind in writer.numbers]
    return json.dumps({"classes": classes, "value": written}, separators=(",", ":"))


def decode(text: str | bytes, *, late: bool = False) -> Any:
    """The value that `encode` wrote. It runs no `__init__` and no validator.

    Args:
        text: of `encode`.
        late: whether the fields of `plan.late` are read when somebody asks for them: of a text that
            is known to be whole, and of the classes as they are now.

    Raises:
        Damaged: it cannot be read.
    """
    try:
        document = json.loads(text)
        makers = _Makers(document["classes"], late=late)
        if not late:
            makers.make_all()
        return _read(document["value"], makers)
    except Damaged:
        raise
    except _UNREADABLE as error:
        raise Damaged(f"{type(error).__name__}: {error}") from None


class _Writer:
    """Values as JSON: an object is `[number of its class, field, field, …]`, what JSON has no word
    for is `[letter, …]`.
    """

    def __init__(self) -> None:
        self.numbers = _Numbers()

    def write(self, value: Any) -> Any:
        """Hot: a spec and its plan have hundreds of values."""
        kind: type = type(value)
        return value if kind in _PLAIN else _writer_of(kind)(self, value)

    def all(self, values: Iterable[Any]) -> list[Any]:
        """Each of some values."""
        write = self.write
        return [one if type(one) in _PLAIN else write(one) for one in values]


class _Numbers(dict[type, int]):
    """The number of each class of a text, in the order in which they come."""

    def __missing__(self, kind: type) -> int:
        number = self[kind] = len(self)
        return number


@cache
def _writer_of(kind: type) -> _WriteOne:
    """What writes the values of a class. It belongs to no writer: one that held what it is made of
    would be a circle, which only Python's garbage collector frees."""
    names, shape = _shape(kind)
    if shape is _Shape.OTHER:
        return _BUILT_IN.get(kind, _write_other)
    if shape is _Shape.ENUM:
        return lambda writer, value: [writer.numbers[kind], value.value]
    if shape is _Shape.MODEL:  # only what was set: the rest has its defaults
        return lambda writer, value: [
            writer.numbers[kind],
            {
                name: writer.write(value.__dict__[name])
                for name in names
                if name in value.__pydantic_fields_set__
            },
        ]
    if len(names) < 2:
        return lambda writer, value: [
            writer.numbers[kind],
            *writer.all([getattr(value, name) for name in names]),
        ]
    fields_of = attrgetter(*names)
    return lambda writer, value: [writer.numbers[kind], *writer.all(fields_of(value))]


def _write_mapping(writer: _Writer, value: Mapping[Any, Any]) -> list[Any]:
    write = writer.write
    return ["d", *((write(key), write(one)) for key, one in value.items())]


def _write_other(writer: _Writer, value: Any) -> list[Any]:
    if isinstance(value, frozenset | set):
        return ["f", *writer.all(sorted(value))]
    if isinstance(value, tuple):
        return ["t", *writer.all(value)]
    if isinstance(value, Mapping):
        return _write_mapping(writer, value)
    if isinstance(value, date):
        return ["D", value.isoformat()]
    if isinstance(value, bytes):
        return ["b", value.hex()]
    if isinstance(value, timedelta):
        return ["T", value.days, value.seconds, value.microseconds]
    raise TypeError(f"{type(value).__name__} is not data that is kept")


class _Shape(Enum):
    """How the values of a class are written."""

    MODEL = auto()
    DATACLASS = auto()
    ENUM = auto()
    OTHER = auto()


@cache
def _shape(kind: type) -> tuple[tuple[str, ...], _Shape]:
    """The fields of a class, and how its values are written."""
    if issubclass(kind, BaseModel):
        return tuple(kind.model_fields), _Shape.MODEL
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind)), _Shape.DATACLASS
    return (), _Shape.ENUM if issubclass(kind, Enum) else _Shape.OTHER


_PLAIN = frozenset((str, int, float, bool, type(None)))

_WriteOne = Callable[[_Writer, Any], list[Any]]
_BUILT_IN: Mapping[type, _WriteOne] = {
    tuple: lambda writer, value: ["t", *writer.all(value)],
    list: lambda writer, value: ["l", *writer.all(value)],
    dict: _write_mapping,
}
_Maker = Callable[[list[Any], "_Makers"], Any]


class _Makers(dict[int, _Maker]):
    """What makes the objects of each class of a text, by its number; imported on first use."""

    def __init__(self, classes: list[Any], *, late: bool) -> None:
        super().__init__()
        self._classes, self._late = classes, late

    def __missing__(self, number: int) -> _Maker:
        module, name, names = self._classes[number]
        maker = self[number] = _maker(module, name, tuple(names), self._late)
        return maker

    def make_all(self) -> None:
        """Import all of them, so that one that is not there any more is met now."""
        for number in range(len(self._classes)):
            _ = self[number]


def _read(value: Any, makers: _Makers) -> Any:
    """Hot: a plan has hundreds of values."""
    if type(value) is not list:
        return value
    tag = value[0]
    if type(tag) is int:
        return makers[tag](value, makers)
    return _READERS[tag](value, makers)


def _read_mapping(value: list[Any], makers: _Makers) -> dict[Any, Any]:
    return {
        key if type(key) is str else _read(key, makers): _read(one, makers)
        for key, one in value[1:]
    }


def _read_date(value: list[Any], makers: _Makers) -> date:
    text = value[1]
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


_READERS: dict[str, _Maker] = {
    "t": lambda value, makers: tuple([_read(one, makers) for one in value[1:]]),
    "l": lambda value, makers: [_read(one, makers) for one in value[1:]],
    "f": lambda value, makers: frozenset([_read(one, makers) for one in value[1:]]),
    "d": _read_mapping,
    "D": _read_date,
    "b": lambda value, makers: bytes.fromhex(value[1]),
    "T": lambda value, makers: timedelta(value[1], value[2], value[3]),
}


@cache
def _maker(module: str, name: str, names: tuple[str, ...], late: bool) -> _Maker:
    """What makes the objects of a class, without running its `__init__`."""
    if not module.startswith(ROOMS):
        raise Damaged(f"{module} holds nothing that is kept")
    kind = getattr(import_module(module), name, None)
    if not isinstance(kind, type) or kind.__module__ != module:
        raise Damaged(f"there is no class {module}.{name}")
    if issubclass(kind, Enum):
        return _enum_maker(kind)
    if issubclass(kind, BaseModel) and names == tuple(kind.model_fields):
        return _model_maker(kind)
    if is_dataclass(kind) and names == tuple(field.name for field in fields(kind)):
        if late and issubclass(kind, HasLateFields):
            return _late_maker(kind)
        return _dataclass_maker(kind, names)
    raise Damaged(f"{module}.{name} has other fields now")


def _enum_maker(kind: type[Enum]) -> _Maker:
    members = {member.value: member for member in kind}
    return lambda value, makers: members[value[1]]


def _model_maker(kind: type[BaseModel]) -> _Maker:
    defaults = {
        name: field.get_default(call_default_factory=True, validated_data={})
        for name, field in kind.model_fields.items()
        if not field.is_required()
    }
    order = tuple(kind.model_fields)
    new, put = object.__new__, object.__setattr__

    def make(value: list[Any], makers: _Makers) -> Any:
        said = {name: _read(one, makers) for name, one in value[1].items()}
        made = new(kind)
        whole = {name: said[name] if name in said else defaults[name] for name in order}
        put(made, "__dict__", whole)
        put(made, "__pydantic_fields_set__", set(said))
        put(made, "__pydantic_extra__", None)
        put(made, "__pydantic_private__", None)
        return made

    return make


def _dataclass_maker(kind: type, names: tuple[str, ...]) -> _Maker:
    new, put = object.__new__, object.__setattr__

    def make(value: list[Any], makers: _Makers) -> Any:
        made: Any = new(kind)
        for name, one in zip(names, value[1:], strict=True):
            put(made, name, one if type(one) is not list else _read(one, makers))
        return made

    return make


def _late_maker(kind: type) -> _Maker:
    """What leaves the late fields unread that hold more than a plain value."""
    late = [(field.name, bool(field.metadata.get("late"))) for field in fields(kind)]
    new, put = object.__new__, object.__setattr__

    def make(value: list[Any], makers: _Makers) -> Any:
        made: Any = new(kind)
        unread: dict[str, Callable[[], Any]] = {}
        for (name, is_late), one in zip(late, value[1:], strict=True):
            if type(one) is not list:
                put(made, name, one)
            elif is_late:
                unread[name] = partial(_read, one, makers)
            else:
                put(made, name, _read(one, makers))
        postpone(made, unread)
        return made

    return make
