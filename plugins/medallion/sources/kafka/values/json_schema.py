"""JSON behind a schema's number, held to its JSON Schema.

Patterns are not checked: whoever writes the schema could make one that runs for hours. References
lead to what the registry names, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from medallion.sources.base.providers import missing
from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.registry import Schema

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


def make_reader(schema: Schema) -> Callable[[bytes], bytes]:
    """What gives the JSON of a value without its prefix, unchanged.

    Raises:
        Unread: the schema is not one of JSON Schema.
        SetupError: the package is missing.
    """
    try:
        from jsonschema.exceptions import SchemaError
        from referencing.exceptions import Unresolvable
    except ImportError:
        raise missing("json_schema") from None

    try:
        validator = _make_validator(schema)
    except RecursionError:
        raise Unread("its schema is nested too deep") from None
    except (ValueError, SchemaError, Unresolvable) as error:
        said = getattr(error, "message", str(error))
        raise Unread(f"its schema is not one of JSON Schema: {said[:200]}") from None

    def to_json(body: bytes) -> bytes:
        try:
            problem = next(validator.iter_errors(_parse(body)), None)
        except RecursionError:
            raise Unread("the value is nested too deep") from None
        except Unresolvable as error:
            raise Unread(f"its schema refers to what is not there: {error}"[:300]) from None
        if problem is not None:
            raise Unread(_describe(problem))
        return body

    return to_json


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode())
    except UnicodeDecodeError:
        raise Unread("the value is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Unread(
            f"the value is not JSON: {error.msg}, at character {error.pos + 1:,}"
        ) from None


def _describe(problem: ValidationError) -> str:
    """Where, and by which word of the schema; the value itself may be personal."""
    place = problem.json_path.removeprefix("$").lstrip(".") or "the value"
    wanted = json.dumps(problem.validator_value, ensure_ascii=False)[:100]
    return f"{place} is not as its schema says: {problem.validator} {wanted}"


def _make_validator(schema: Schema) -> Any:
    from jsonschema import Draft7Validator
    from jsonschema.validators import extend, validator_for
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    document: Any = json.loads(schema.text)
    if type(document) not in (dict, bool):
        raise ValueError("it is neither an object nor a truth value")
    known: Any = Registry()
    for name, text in schema.references:
        known = known.with_resource(
            name, Resource.from_contents(json.loads(text), default_specification=DRAFT7)
        )
    kind = validator_for(document, default=Draft7Validator)
    kind.check_schema(document)
    lax: Any = extend(kind, _without_patterns(kind))  # type: ignore[no-untyped-call]
    return lax(document, registry=known)


def _without_patterns(kind: Any) -> dict[str, Any]:
    """What a schema's words do here: patterns nothing, and beside them no field is unexpected."""

    def skip(*_: Any) -> Iterator[Any]:
        return iter(())

    def unless_patterns(word: str) -> Callable[..., Iterator[Any]]:
        usual = kind.VALIDATORS.get(word, skip)

        def check(
            validator: Any, wanted: Any, found: Any, schema: Mapping[str, Any]
        ) -> Iterator[Any]:
            if "patternProperties" in schema:
                return
            yield from usual(validator, wanted, found, schema) or ()

        return check

    return {
        "pattern": skip,
        "patternProperties": skip,
        "unevaluatedProperties": skip,
        "additionalProperties": unless_patterns("additionalProperties"),
    }
