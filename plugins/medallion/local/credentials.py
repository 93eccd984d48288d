"""Generated secrets of the local stack: each in a file that only its owner reads."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from medallion.private_files import private_folder


def password() -> str:
    """43 characters of the URL-safe alphabet, 256 bits of randomness."""
    return secrets.token_urlsafe(32)


def fernet_key() -> str:
    """A key as `cryptography.fernet` wants it: 32 bytes, padded URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def keep_secret(path: Path, make: Callable[[], str] = password) -> str:
    """The secret in the file, made and written (mode 0600) on the first call."""
    return keep_private(path, make)


def keep_private(path: Path, make: Callable[[], str]) -> str:
    """The text in the file, made and written (mode 0600) on the first call.

    Two processes that call it at once get the same text: the file appears whole or not at all.
    """
    try:
        return path.read_text()
    except FileNotFoundError:
        pass
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    write_private(draft, make())
    try:
        os.link(draft, path)  # fails when somebody was faster: theirs counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that is never readable for others, not even while it is written."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
