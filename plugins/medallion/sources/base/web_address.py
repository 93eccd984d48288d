"""Addresses of files on web servers: how a spec may write one, and the server that it names."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("http", "https")
_PORTS = {"http": 80, "https": 443}
_SERVER = re.compile(r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?", re.IGNORECASE)
_NO_URL = re.compile(r"[\x00-\x20\x7f\\#]")
_SECRET = re.compile(
    r"(?:^|[_.-])(?:key|token|secret|password|passwd|pwd|auth|signature|sig|credentials?)(?:$|[_.-])|"
    r"apikey|accesstoken|authtoken",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether a query parameter of this name probably holds a secret.

    >>> is_secret_name("api_key"), is_secret_name("X-Amz-Signature"), is_secret_name("monkeys")
    (True, True, False)
    """
    return _SECRET.search(name) is not None


def find_secret_parameter(url: str) -> str:
    """The first parameter of a URL's query that probably holds a secret; empty: none."""
    named = (name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True))
    return next(filter(is_secret_name, named), "")


def server_of_url(url: str) -> str:
    """Scheme, host and port, in one spelling; empty where the URL names no server, or a login too.

    >>> server_of_url("https://Data.Example.org:443/a.csv"), server_of_url("http://10.0.0.7:8080")
    ('https://data.example.org', 'http://10.0.0.7:8080')
    >>> server_of_url("https://me@example.org/a.csv")
    ''
    """
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    found = _SERVER.fullmatch(re.split(r"[/?#]", rest, maxsplit=1)[0])
    if not separator or scheme not in SCHEMES or found is None:
        return ""
    port = int(found[2] or _PORTS[scheme])
    if not 0 < port < 2**16:
        return ""
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return f"{scheme}://{found[1].lower()}{shown}"


def read_listed_server(written: str) -> str:
    """The server that an operator's list means by a name: with TLS, unless it says `http://`. Empty
    where it is none.

    >>> read_listed_server("data.example.org"), read_listed_server("http://intranet:8080")
    ('https://data.example.org', 'http://intranet:8080')
    >>> read_listed_server("*.example.org"), read_listed_server("example.org/a")
    ('', '')
    """
    url = written if "://" in written else f"https://{written}"
    bare = url.removesuffix("/")
    return server_of_url(bare) if bare.count("/") == 2 else ""


def list_server(server: str) -> str:
    """A server as a list names it.

    >>> list_server("https://data.example.org"), list_server("http://intranet:8080")
    ('data.example.org', 'http://intranet:8080')
    """
    return server.removeprefix("https://")


def address_problem(scheme: str, conn_id: str, path: str) -> str:
    """Why the address of a file is not one that a spec may have; empty if it is.

    Args:
        scheme: http or https.
        conn_id: of the connection that has the server; empty: `path` begins with it.
        path: with its query.
    """
    server, slash, below = path.partition("/")
    bare = below.partition("?")[0]
    if conn_id and server:
        return f"beside a connection no server is named: {scheme}://{conn_id}@/…"
    if _NO_URL.search(path):
        return "an address has no blank (write %20), backslash or #"
    if not conn_id and not server_of_url(f"{scheme}://{path}"):
        return f"{server!r} is not the name of a server"
    if not slash or not (bare or "?" in below):
        return "no file is named"
    secret = find_secret_parameter(f"{scheme}://host/{below}")
    hidden = f"a spec must not contain a secret, as {secret} seems to be" if secret else ""
    return "a web server does not list its files" if "*" in bare else hidden


def file_name_of(path: str) -> str:
    """The name by which a file of a path or URL says what it is: without the query of an address.

    >>> file_name_of("https://example.org/out/a%20b.csv?v=2"), file_name_of("include/data/a?.csv")
    ('a b.csv', 'include/data/a?.csv')
    """
    if path.partition("://")[0].lower() not in SCHEMES:
        return path
    place = urlsplit(path)
    return unquote(place.path.rpartition("/")[2]) or place.netloc.rpartition("@")[2]
