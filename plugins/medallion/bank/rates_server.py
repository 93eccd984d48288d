"""The API with the exchange rates: HTTP on loopback, with a key, pages, and a clock."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from medallion.bank.rates import Rate
from medallion.errors import SetupError

# It opens nothing but this server.
RATES_KEY = "rates-of-the-sample-bank"
KEY_HEADER = "X-Api-Key"
PATH = "/v1/rates"
PAGE_SIZE = 20


class RatesServer:
    """Answers until the `with` block ends; `now` is the time that it takes for the present.

    Raises SetupError when the port is taken.
    """

    def __init__(
        self, rates: Sequence[Rate], *, port: int = 0, now: datetime | None = None
    ) -> None:
        self.now = now
        self._rates = tuple(rates)
        handler = type("Handler", (_Handler,), {"bank": self})
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as error:
            raise SetupError(
                f"The server of exchange rates cannot listen on port {port}: {error.strerror}.",
                remedy="Give a free port with --port, or 0 for any.",
            ) from error
        self.port: int = self._server.server_port

    def answer(self, params: dict[str, str]) -> dict[str, object]:
        """One page of what was published in a stretch of time, in its order.

        Raises:
            ValueError: a parameter cannot be read.
        """
        since = datetime.fromisoformat(params["published_since"])
        before = params.get("published_before")
        end = datetime.fromisoformat(before) if before else None
        page = int(params.get("page", "1"))
        found = [
            rate
            for rate in self._rates
            if since <= rate.published_at
            and (end is None or rate.published_at < end)
            and (self.now is None or rate.published_at < self.now)
        ]
        shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return {
            "data": {"rates": [_as_json(rate) for rate in shown]},
            "meta": {"page": page, "total": len(found)},
        }

    def run(self) -> None:
        """Serve in this thread until it is interrupted."""
        with self._server:
            self._server.serve_forever()

    def __enter__(self) -> RatesServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    bank: RatesServer

    def do_GET(self) -> None:
        """Answer for the one path that there is: 401 without the key, 422 for what cannot
        be read."""
        url = urlsplit(self.path)
        if not hmac.compare_digest(self.headers.get(KEY_HEADER, "").encode(), RATES_KEY.encode()):
            self._send(401, {"error": {"message": f"{KEY_HEADER} is missing or wrong"}})
        elif url.path != PATH:
            self._send(404, {"error": {"message": "no such resource"}})
        else:
            try:
                self._send(200, self.bank.answer(dict(parse_qsl(url.query))))
            except (KeyError, ValueError) as error:
                self._send(422, {"error": {"message": f"cannot be read: {error}"}})

    def _send(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing: what matters is in the log of who asks."""


def _as_json(rate: Rate) -> dict[str, object]:
    return {
        "date": rate.rate_date.isoformat(),
        "currency": rate.currency,
        "rate": str(rate.rate),
        "published_at": rate.published_at.isoformat().replace("+00:00", "Z"),
    }
