"""What Superset would refuse, or take and then not show, said before it is asked."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping

from medallion.bi.assets.documents import METADATA_PATH, Document, Json
from medallion.bi.assets.fields import (
    CHART,
    COLUMN,
    DASHBOARD,
    DATABASE,
    DATASET,
    METADATA_FILE,
    METRIC,
    Fields,
    Type,
)
from medallion.bi.assets.layout import COLUMNS

_BY_FOLDER = {"databases": DATABASE, "datasets": DATASET, "charts": CHART, "dashboards": DASHBOARD}
_UNIQUE = {"databases": "database_name", "dashboards": "slug"}


def problems(files: Mapping[str, Document], known: Collection[str] = ()) -> tuple[str, ...]:
    """One line a problem, with its file and field; none: an import takes the files.

    Args:
        files: of a bundle, by their paths.
        known: the UUIDs of objects that a partial bundle may refer to, since they are there.
    """
    found: list[str] = []
    if METADATA_PATH not in files:
        found.append(f"{METADATA_PATH}: it is missing")
    for path, document in sorted(files.items()):
        found += (f"{path}: {line}" for line in _of_file(path, document))
    uuids = [one for file in files.values() if isinstance(one := file.get("uuid"), str)]
    found += (f"{one}: two files have this UUID" for one in _twice(uuids))
    for folder, field in _UNIQUE.items():
        names = [str(file[field]) for path, file in _in(files, folder) if field in file]
        found += (f"{folder}: two files have the {field} {name}" for name in _twice(names))
    found += _references(files, {*uuids, *known})
    return tuple(found)


def _in(files: Mapping[str, Document], folder: str) -> Iterator[tuple[str, Document]]:
    return ((path, file) for path, file in sorted(files.items()) if path.startswith(f"{folder}/"))


def _twice(values: list[str]) -> list[str]:
    return sorted({one for one in values if values.count(one) > 1})


def _of_file(path: str, document: Document) -> Iterator[str]:
    if path == METADATA_PATH:
        yield from _of_fields(document, METADATA_FILE)
        return
    fields = _BY_FOLDER.get(path.partition("/")[0])
    if fields is None or not path.endswith(".yaml"):
        yield "Superset knows no such file"
        return
    yield from _of_fields(document, fields)
    if fields is DATASET:
        yield from _of_parts(document, "columns", COLUMN, "column_name")
        yield from _of_parts(document, "metrics", METRIC, "metric_name")
    if fields is DASHBOARD and isinstance(position := document.get("position"), Mapping):
        yield from _of_position(position)


def _of_fields(document: Document, fields: Fields) -> Iterator[str]:
    for name in sorted(fields.keys() | document.keys()):
        field = fields.get(name)
        if field is None:
            yield f"{name}: there is no such field"
        elif name not in document:
            if field.is_required:
                yield f"{name}: it is missing"
        elif document[name] is None:
            if not field.may_be_null:
                yield f"{name}: it may not be null"
        elif not _IS[field.type](document[name]):
            yield f"{name}: a {field.type} was expected"
        elif field.is_required and document[name] == "":
            yield f"{name}: it is empty"


def _of_parts(document: Document, name: str, fields: Fields, key: str) -> Iterator[str]:
    mappings = [one for one in _items(document.get(name)) if isinstance(one, Mapping)]
    for number, part in enumerate(mappings, start=1):
        yield from (f"{name} {part.get(key, number)}: {line}" for line in _of_fields(part, fields))
    yield from (
        f"{name}: two are called {one}" for one in _twice([str(p.get(key)) for p in mappings])
    )


def _of_position(position: Document) -> Iterator[str]:
    for name, component in sorted(position.items()):
        if not isinstance(component, Mapping):
            continue
        children = [str(one) for one in _items(component.get("children"))]
        yield from (
            f"position {name}: there is no {one}" for one in children if one not in position
        )
        if component.get("type") == "ROW":
            width = sum(_width(position.get(one)) for one in children)
            if width > COLUMNS:
                yield f"position {name}: its cells take {width} of {COLUMNS} columns"


def _width(component: Json) -> int:
    meta = component.get("meta") if isinstance(component, Mapping) else None
    width = meta.get("width") if isinstance(meta, Mapping) else None
    return width if isinstance(width, int) else 0


def _references(files: Mapping[str, Document], known: set[str]) -> Iterator[str]:
    for path, file in sorted(files.items()):
        for field, one in _uuids_in(file):
            if one not in known:
                yield f"{path}: {field}: no file of the bundle has the UUID {one}"


def _uuids_in(file: Document) -> Iterator[tuple[str, str]]:
    for field in ("database_uuid", "dataset_uuid"):
        if field in file:
            yield field, str(file[field])
    position = file.get("position")
    for component in position.values() if isinstance(position, Mapping) else ():
        meta = component.get("meta") if isinstance(component, Mapping) else None
        if isinstance(meta, Mapping) and "uuid" in meta:
            yield "position", str(meta["uuid"])
    metadata = file.get("metadata")
    filters = metadata.get("native_filter_configuration") if isinstance(metadata, Mapping) else None
    for one in _items(filters):
        for target in _items(one.get("targets")) if isinstance(one, Mapping) else ():
            if isinstance(target, Mapping) and "datasetUuid" in target:
                yield "native_filter_configuration", str(target["datasetUuid"])


def _items(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list | tuple) else []


def _is_list(value: Json) -> bool:
    return isinstance(value, list | tuple)


def _is_uuid(value: Json) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _is_json(value: Json) -> bool:
    try:
        return isinstance(value, str) and isinstance(json.loads(value), dict)
    except ValueError:
        return False


_IS: Mapping[Type, Callable[[Json], bool]] = {
    "text": lambda value: isinstance(value, str),
    "whole number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "yes or no": lambda value: isinstance(value, bool),
    "mapping": lambda value: isinstance(value, Mapping),
    "list": _is_list,
    "UUID": _is_uuid,
    "JSON text": _is_json,
}
