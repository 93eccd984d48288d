"""What a task may use of the machine that runs it, as the YAML says it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from medallion.model import SpecModel

MEMORY_PATTERN = r"^[0-9]{1,6}(\.[0-9]{1,3})?(Mi|Gi|Ti|M|G|T)$"
CPU_PATTERN = r"^([0-9]{1,4}(\.[0-9]{1,3})?|[0-9]{1,6}m)$"
QUEUE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"

_FACTORS = {"Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "M": 10**6, "G": 10**9, "T": 10**12}
LEAST_MEMORY, MOST_MEMORY = 64 * 2**20, 16 * 2**40
LEAST_CPU, MOST_CPU = 0.01, 1000.0


def memory_bytes(text: str) -> int:
    """How many bytes a text of `memory` is.

    >>> memory_bytes("2Gi"), memory_bytes("1.5G")
    (2147483648, 1500000000)
    """
    unit = text.lstrip("0123456789.")
    return int(float(text.removesuffix(unit)) * _FACTORS[unit])


def cores(text: str) -> float:
    """How many cores a text of `cpu` is.

    >>> cores("500m"), cores("2")
    (0.5, 2.0)
    """
    return int(text[:-1]) / 1000 if text.endswith("m") else float(text)


def _as_memory(value: object) -> object:
    if isinstance(value, bool):
        raise _refuse(f"{str(value).lower()} is not an amount of memory", "write 512Mi, 2Gi")
    if isinstance(value, int | float):
        raise _refuse(f"{value} has no unit", f"write {value}Gi or {value}Mi")
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"[0-9.]{1,20}m", value):
        # Kubernetes would take it.
        raise _refuse(f"{value} would be thousandths of a byte", f"write {value[:-1]}Mi")
    if re.fullmatch(r"[0-9.]{1,20}[KMGTkmgt][Bb]", value):
        raise _refuse(f"{value} has another unit than Kubernetes", f"write {value[:-1].upper()}i")
    if not re.fullmatch(MEMORY_PATTERN, value):
        raise _refuse(f"{value[:40]!r} is not an amount of memory", "write 512Mi, 2Gi")
    if not LEAST_MEMORY <= memory_bytes(value) <= MOST_MEMORY:
        raise _refuse(f"{value} is not between 64Mi and 16Ti", "a task wants some 300Mi for itself")
    return value


def _as_cpu(value: object) -> object:
    if isinstance(value, bool):
        raise _refuse(f"{str(value).lower()} is not a number of cores", "write 2, 0.5 or 500m")
    if isinstance(value, int | float):
        value = format(value, "g")
    if not isinstance(value, str):
        return value
    if not re.fullmatch(CPU_PATTERN, value):
        raise _refuse(f"{value[:40]!r} is not a number of cores", "write 2, 0.5 or 500m")
    if not LEAST_CPU <= cores(value) <= MOST_CPU:
        raise _refuse(f"{value} is not between 0.01 and 1000 cores", "write 2, 0.5 or 500m")
    return value


def _refuse(problem: str, remedy: str) -> PydanticCustomError:
    words = {"problem": problem, "remedy": remedy}
    return PydanticCustomError("quantity", "{problem}: {remedy}", words)


Memory = Annotated[
    str, BeforeValidator(_as_memory), WithJsonSchema({"type": "string", "pattern": MEMORY_PATTERN})
]
"""An amount as Kubernetes writes it: 512Mi, 2Gi."""
Cpu = Annotated[
    str,
    BeforeValidator(_as_cpu),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": LEAST_CPU, "maximum": MOST_CPU},
                {"type": "string", "pattern": CPU_PATTERN},
            ]
        }
    ),
]
"""A number of cores: 2, 0.5, 500m."""


class StepResources(SpecModel):
    """What a task may use."""

    memory: Memory | None = None
    """Under KubernetesExecutor, what its pod is given, and at which it is ended: 2Gi."""
    cpu: Cpu | None = None
    """Under KubernetesExecutor, the cores that its pod is sure of, and may exceed: 1, 0.5, 500m."""
    queue: Annotated[str, Field(pattern=QUEUE_PATTERN)] | None = None
    """Under CeleryExecutor, the queue whose workers run it: `large`. One has to listen to it."""


class ResourcesSpec(StepResources):
    """What tasks may use, and where they run; a step of its own where it says more."""

    land: StepResources | None = None
    """Of the tasks that fetch from the source."""
    clean: StepResources | None = None
    """Of the tasks that read, cast and stage the records."""
    build: StepResources | None = None
    """Of the tasks that run gold's SQL, whose work the warehouse does."""
    gate: StepResources | None = None
    """Of the tasks that check."""
    publish: StepResources | None = None
    """Of the tasks that publish."""
