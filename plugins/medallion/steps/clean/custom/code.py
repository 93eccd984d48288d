"""A custom step's module: executed from the text that was validated, and called.

The folder is on no import path, and nothing of the module stays behind: it is known by a name of
its own while it is in use, because dataclasses and the like look their module up.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from medallion.errors import CustomStepFailed
from medallion.plan.model import CustomStep

LONGEST_MESSAGE = 300


class _FromText(importlib.abc.InspectLoader):
    """Loads a module from a text; its file is named for tracebacks only."""

    def __init__(self, step: CustomStep) -> None:
        self._step = step

    def get_source(self, fullname: str) -> str:
        return self._step.source

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self._step.source, self._step.path)


@contextmanager
def load_function(step: CustomStep) -> Iterator[Callable[[Any], Any]]:
    """The step's function, as something that raises nothing but CustomStepFailed.

    Raises:
        CustomStepFailed: the module cannot be executed, or has no such function.
    """
    digest = hashlib.sha256(step.source.encode()).hexdigest()[:12]
    name = f"medallion_custom_{digest}"
    spec = importlib.util.spec_from_loader(name, _FromText(step), origin=step.path)
    assert spec is not None and spec.loader is not None  # noqa: S101  # it was given one
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _failing(step):
            spec.loader.exec_module(module)
        function = getattr(module, step.function, None)
        if not callable(function):
            raise CustomStepFailed(
                f"{step.path}: {step.function} is not a function once the module has been executed",
                remedy="nothing was published; fix the module",
            )

        def call(frame: Any) -> Any:
            with _failing(step):
                return function(frame)

        yield call
    finally:
        sys.modules.pop(name, None)


@contextmanager
def _failing(step: CustomStep) -> Iterator[None]:
    """Whatever the author's code raises, SystemExit too, reported with its line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == step.path]
        said = " ".join(str(error).split())[:LONGEST_MESSAGE]
        where = f"line {lines[-1]}" if lines and lines[-1] else "the module"
        raise CustomStepFailed(
            f"{step.path}, {where}, in {step.function}: {type(error).__name__}: {said}",
            remedy="nothing was published; fix the function, then clear the task",
        ) from error
