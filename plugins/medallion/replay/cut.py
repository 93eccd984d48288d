"""An answer that ends too early."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class CutResponse(Response):
    """Announces the whole body, sends half of it, and leaves: the server closes the connection."""

    def __init__(self, whole: Response) -> None:
        super().__init__(
            bytes(whole.body), status_code=whole.status_code, media_type=whole.media_type
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers and the first half of the body."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
