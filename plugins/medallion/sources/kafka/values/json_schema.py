"""JSON behind a schema's number, held to its JSON Schema.

Patterns are not checked: whoever writes the schema could make one that runs for hours. References
lead to what the registry names, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

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
        import jsonschema  # noqa: F401
        import referencing  # noqa: F401
    except ImportError:
        raise missing("json_schema") from None

    with _reasons("its schema is not one of JSON Schema", "its schema is nested too deep"):
        validator = _make_validator(schema)

    def to_json(body: bytes) -> bytes:
        found = _parse(body)
        with _reasons("the value cannot be held to its schema", "the value is nested too deep"):
            problem = next(validator.iter_errors(found), None)
        if problem is not None:
            raise Unread(_describe(problem))
        return body

    return to_json


@contextmanager
def _reasons(wrong: str, deep: str) -> Iterator[None]:
    """Errors of jsonschema as the reason why a message is not read. They are of many kinds: a
    schema with a number for `$schema`, or a whole number that is larger than any float, is an error
    of Python there."""
    from jsonschema.exceptions import SchemaError
    from referencing.exceptions import Unresolvable

    try:
        yield
    except RecursionError:
        raise Unread(deep) from None
    except Unresolvable as error:
        raise Unread(f"its schema refers to what is not there: {error}"[:300]) from None
    except SchemaError as error:
        raise Unread(f"{wrong}: {error.message[:200]}") from None
    except Exception as error:  # whose text may quote the value
        raise Unread(f"{wrong}: {type(error).__name__}") from None


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise Unread("the value is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Unread(
            f"the value is not JSON: {error.msg}, at character {error.pos + 1:,}"
        ) from None
    except RecursionError:
        raise Unread("the value is nested too deep") from None
    except ValueError as error:  # NaN, or an integer of thousands of digits
        raise Unread(f"the value is not JSON: {str(error).partition(';')[0]}") from None


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number of JSON")


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
