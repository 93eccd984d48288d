"""Serves the built site on this machine, and on no other address."""

from __future__ import annotations

import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Say nothing of each request."""

    def end_headers(self) -> None:
        """A page that was built again is shown at the next reload."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


def open_server(site: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of a folder on 127.0.0.1.

    Args:
        site: the folder.
        port: 0 takes a free one.
    """
    return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(_Quiet, directory=str(site)))
