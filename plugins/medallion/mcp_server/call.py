"""`python -m medallion.mcp_server.call`: the process of one call. A job comes by the standard input
as JSON, the answer goes to the standard output as JSON, and nothing else does.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from medallion.compiler.guard import close_shared_guard
from medallion.compiler.limits import end_with_parent
from medallion.errors import MedallionError, SpecError
from medallion.mcp_server.child import cut
from medallion.mcp_server.tools import READ, Tool, tools_of
from medallion.spec.files.excerpts import HIDDEN, without_secrets

_SHORTEST_SECRET = 6
_SECRET_NAMES = (
    *("AIRFLOW_CONN_", "MEDALLION_WAREHOUSE_URL", "MEDALLION_READER_URL"),
    *("MEDALLION_ROLES_KEY", "IDENTITY_HEADER"),
)
_SECRET_WORDS = ("PASSWORD", "SECRET", "TOKEN", "FERNET_KEY", "SQL_ALCHEMY_CONN", "API_KEY")


def main() -> int:
    """Answer one job; 0, whatever the answer is."""
    end_with_parent()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is not an answer
    job = json.loads(sys.stdin.buffer.read())
    tool = _tool(job["tool"])
    text, failed = _answer(tool, job)
    if failed:  # an error of another system may quote anything
        text = "\n".join(without_secrets(text.split("\n")))
    said = {"text": cut(_clean(text), tool.most_bytes), "failed": failed}
    answers.write(json.dumps(said, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    answers.close()
    close_shared_guard()
    return 0


def _tool(name: str) -> Tool:
    return READ if name == READ.name else tools_of(allow_write=True)[name]


def _answer(tool: Tool, job: Mapping[str, Any]) -> tuple[str, bool]:
    arguments = tool.takes.model_validate(job["arguments"])
    module = importlib.import_module(f"medallion.mcp_server.answers.{tool.name}")
    try:
        return str(module.answer(arguments, Path(job["root"]))), False
    except SpecError as error:
        return f"✗ the spec is refused\n{error}", True
    except MedallionError as error:
        return f"✗ {error}", True
    except Exception as error:
        return f"✗ Medallion failed: {type(error).__name__}\n  → please report it", True


def _clean(text: str) -> str:
    """Without values that are secret in this process."""
    for secret in sorted(_secrets(os.environ), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(environ: Mapping[str, str]) -> set[str]:
    """Passwords of connections and URLs, keys and tokens of the environment."""
    named = [
        value
        for name, value in environ.items()
        if name.startswith(_SECRET_NAMES) or any(word in name for word in _SECRET_WORDS)
    ]
    found = {one for value in named for one in (value, *_inside(value))}
    return {one for one in found if len(one) >= _SHORTEST_SECRET}


def _inside(value: str) -> Iterator[str]:
    """The password in a connection's JSON or URL."""
    try:
        known = json.loads(value)
    except ValueError:
        with suppress(ValueError):
            yield urlsplit(value).password or ""
        return
    if isinstance(known, dict):
        yield str(known.get("password") or "")


if __name__ == "__main__":
    sys.exit(main())
