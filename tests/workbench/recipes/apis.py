"""The APIs of the recipes, as their public documentation describes them, on loopback.

Each answers with what a recipe has to get right: pages, filters, tokens, limits and errors.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked. `origin`: the server's own address; headers in small letters."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]
    origin: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer in JSON."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Api = Callable[[Request], Reply]


@contextmanager
def serving(api: Api, asked: list[Request]) -> Iterator[int]:
    """The port of a server of it; what it is asked is kept."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            request = Request(
                method=self.command,
                path=url.path,
                params=dict(parse_qsl(url.query)),
                headers={key.lower(): value for key, value in self.headers.items()},
                form=dict(parse_qsl(body)),
                origin=f"http://{self.headers['Host']}",
            )
            asked.append(request)
            reply = api(request)
            sent = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            for key, value in reply.headers.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(sent)

        do_POST = do_GET  # noqa: N815  # its name is the base class's

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def github(token: str, issues: Sequence[Record], releases: Sequence[Record], limited: int) -> Api:
    """Lists of 2 records a page, whatever is asked for, with `Link`; issues since a time, by when
    they were changed. The first `limited` requests are over the rate limit."""
    left = [limited]

    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {token}":
            return Reply(status=401, body={"message": "Bad credentials"})
        if left[0]:
            left[0] -= 1
            spent = {"Retry-After": "0", "X-RateLimit-Remaining": "0"}
            return Reply(status=403, headers=spent, body={"message": "API rate limit exceeded"})
        if request.path == "/repos/apache/airflow/issues":
            since = request.params.get("since", "")
            found = sorted(
                (one for one in issues if one["updated_at"] >= since),
                key=lambda one: str(one["updated_at"]),
            )
        elif request.path == "/repos/apache/airflow/releases":
            found = list(releases)
        else:
            return Reply(status=404, body={"message": "Not Found"})
        page = int(request.params.get("page", "1"))
        headers = {}
        if page * 2 < len(found):
            following = urlencode({**request.params, "page": page + 1})
            headers["Link"] = f'<{request.origin}{request.path}?{following}>; rel="next"'
        return Reply(body=found[2 * page - 2 : 2 * page], headers=headers)

    return answer


def stripe(key: str, lists: Mapping[str, Sequence[Record]]) -> Api:
    """Lists, the newest record first, 2 a page, continued after an id."""

    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {key}":
            problem = {"type": "invalid_request_error", "message": "Invalid API Key provided"}
            return Reply(status=401, body={"error": problem})
        found = list(lists[request.path.removeprefix("/v1/")])
        since = int(request.params.get("created[gte]", "0"))
        found = [one for one in found if one["created"] >= since]
        ids = [one["id"] for one in found]
        start = (
            ids.index(request.params["starting_after"]) + 1
            if request.params.get("starting_after")
            else 0
        )
        body = {
            "object": "list",
            "url": request.path,
            "has_more": start + 2 < len(found),
            "data": found[start : start + 2],
        }
        return Reply(body=body)

    return answer


def opendatasoft(dataset: str, records: Sequence[Record]) -> Api:
    """Records by `offset` and `limit`, of which the latter is 100 at most."""

    def answer(request: Request) -> Reply:
        if request.path != f"/api/explore/v2.1/catalog/datasets/{dataset}/records":
            return Reply(status=404, body={"error_code": "UnknownDatasetError", "message": "?"})
        limit, offset = int(request.params["limit"]), int(request.params.get("offset", "0"))
        if limit > 100 or limit + offset > 10_000:
            said = {"error_code": "InvalidRESTParameterError", "message": "Invalid value for limit"}
            return Reply(status=400, body=said)
        order = request.params["order_by"]
        found = sorted(records, key=lambda one: str(one[order]))
        return Reply(body={"total_count": len(found), "results": found[offset : offset + limit]})

    return answer


def graph(client: tuple[str, str], items: Sequence[Record]) -> Api:
    """A token for an application's id and secret, and a list's items, 2 a page."""
    token = "graph-token"

    def answer(request: Request) -> Reply:
        if request.path == "/contoso.onmicrosoft.com/oauth2/v2.0/token":
            wanted = {
                "grant_type": "client_credentials",
                "scope": "https://graph.microsoft.com/.default",
                "client_id": client[0],
                "client_secret": client[1],
            }
            if request.method != "POST" or request.form != wanted:
                return Reply(status=400, body={"error": "invalid_client"})
            return Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": token})
        if request.headers.get("authorization") != f"Bearer {token}":
            problem = {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}
            return Reply(status=401, body={"error": problem})
        if request.path != "/v1.0/sites/a.example,b,c/lists/Suppliers/items":
            return Reply(status=404, body={"error": {"code": "itemNotFound", "message": "?"}})
        expanded = request.params.get("$expand") == "fields"
        start = int(request.params.get("$skiptoken", "0"))
        page = [
            one if expanded else {key: value for key, value in one.items() if key != "fields"}
            for one in items[start : start + 2]
        ]
        body: Record = {"@odata.context": f"{request.origin}/v1.0/$metadata", "value": page}
        if start + 2 < len(items):
            following = urlencode({**request.params, "$skiptoken": start + 2})
            body["@odata.nextLink"] = f"{request.origin}{request.path}?{following}"
        return Reply(body=body)

    return answer
