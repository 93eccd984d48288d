"""Where a table of a lake is, as Delta's and Iceberg's libraries open it: a URI and its options.

These libraries reach object stores by themselves; what Airflow's connections say is put into their
words here. An option may be a secret: none is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from medallion.errors import SetupError
from medallion.sources.base.locations import Location
from medallion.sources.base.source import ConnectionDetails

_AZURE = ("abfs", "abfss")
_SECRET = ("key", "secret", "token")
_OTHER_IDENTITIES = ("role_arn", "profile_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A table's folder.

    Attributes:
        url: as specs write it, for people.
        uri: as the libraries take it.
        options: of object stores, in the words of Rust's `object_store`.
    """

    url: str
    uri: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> list[str]:
        """What must stay out of messages, the longest first."""
        texts = {one for name, one in self.options.items() if any(w in name for w in _SECRET)}
        return sorted(filter(None, texts), key=len, reverse=True)


def find_stored_table(location: Location, details: ConnectionDetails | None) -> StoredTable:
    """The table that a location and its connection mean.

    Args:
        details: None: of a folder of this machine.

    Raises:
        SetupError: the connection does not say enough, or the location leads elsewhere than it
            says.
    """
    url = location.url(location.path)
    if problem := location.problem_of_table():
        raise SetupError(f"{url!r}: {problem}", remedy="give the folder a plain name")
    if location.scheme == "file":
        return StoredTable(url=url, uri=location.path)
    if details is None:
        raise SetupError(f"{url} names no connection", remedy="write abfs://CONN_ID@container/…")
    path = location.path.strip("/")
    if location.scheme in _AZURE:
        return StoredTable(url=url, uri=f"az://{path}", options=dict(_find_azure(details)))
    return StoredTable(url=url, uri=f"s3://{path}", options=dict(_find_s3(details)))


def _find_azure(details: ConnectionDetails) -> Iterator[tuple[str, str]]:
    """Of Airflow's types `wasb` and `adls`: a connection string, account and key, a SAS token or a
    registered application; nothing of these: the machine's managed identity."""
    extra = details.extra
    said = _read_connection_string(_first_azure(extra, "connection_string"))
    token = said.get("sharedaccesssignature") or _first_azure(extra, "sas_token")
    host = _first_azure(extra, "account_host")
    found = {
        "account_name": _find_account(details, said),
        **_find_identity(details, said),
        "sas_token": token.removeprefix("?"),
        "endpoint": said.get("blobendpoint") or (f"https://{host}" if host else ""),
    }
    yield from ((f"azure_storage_{name}", value) for name, value in found.items() if value)
    if found["endpoint"].startswith("http://"):
        yield "azure_allow_http", "true"


def _find_account(details: ConnectionDetails, said: Mapping[str, str]) -> str:
    """The storage account: of the connection string, the extra, the host or, as Airflow does where
    no application logs in, the login.

    Raises:
        SetupError: none of them names it.
    """
    of_host = details.host.removeprefix("https://").partition(".")[0]
    of_login = "" if _first_azure(details.extra, "tenant_id") else details.login
    of_extra = _first_azure(details.extra, "account_name")
    account = said.get("accountname") or of_extra or of_host or of_login
    if not account:
        raise SetupError(
            f"the connection {details.conn_id} names no storage account",
            remedy="give it a connection string or `account_name` in its extra, or the account as "
            "its host",
        )
    return account


def _find_identity(details: ConnectionDetails, said: Mapping[str, str]) -> dict[str, str]:
    """Who asks: an application, whose id Airflow has as the login and whose secret as the password;
    the account's key; or a managed identity, by its id where there are several."""
    tenant = _first_azure(details.extra, "tenant_id")
    if tenant:
        return {
            "tenant_id": tenant,
            "client_id": details.login,
            "client_secret": details.password,
        }
    key = said.get("accountkey") or _first_azure(details.extra, "account_key") or details.password
    managed = "" if key else _first_azure(details.extra, "managed_identity_client_id")
    return {"account_key": key, "client_id": managed}


def _first_azure(extra: Mapping[str, object], name: str) -> str:
    """A field of the extra, as Airflow spells it now and as its forms once did."""
    return _first(extra, name, f"extra__wasb__{name}", f"extra__adls__{name}")


def _read_connection_string(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {key.strip().lower(): value for key, sign, value in pairs if sign}


def _find_s3(details: ConnectionDetails) -> Iterator[tuple[str, str]]:
    """Of Airflow's type `aws`: a key and its secret, where Airflow looks for them; without them the
    machine's own role.

    Raises:
        SetupError: it names another identity, which these libraries would leave out.
    """
    extra = details.extra
    if other := next((one for one in _OTHER_IDENTITIES if extra.get(one)), ""):
        raise SetupError(
            f"the connection {details.conn_id} has `{other}` in its extra, which no table of a "
            "lake is opened by",
            remedy="give it a key (login) and its secret (password), or neither: then it is the "
            "role of the machine",
        )
    login, password = details.login, details.password
    if not (login and password):
        login = _first(extra, "aws_access_key_id")
        password = _first(extra, "aws_secret_access_key")
    if login:
        yield "aws_access_key_id", login
        yield "aws_secret_access_key", password
    if token := _first(extra, "aws_session_token", "session_token"):
        yield "aws_session_token", token
    yield "aws_region", _first(extra, "region_name") or "us-east-1"
    services = extra.get("service_config")
    of_s3 = services.get("s3") if isinstance(services, Mapping) else None
    endpoint = _first(of_s3, "endpoint_url") if isinstance(of_s3, Mapping) else ""
    if endpoint := endpoint or _first(extra, "endpoint_url", "host"):
        yield "aws_endpoint", endpoint
        if endpoint.startswith("http://"):
            yield "aws_allow_http", "true"
    # Two writers at once: the second one's commit is refused, by S3 itself.
    yield "aws_conditional_put", "etag"


def _first(extra: Mapping[str, object], *names: str) -> str:
    return next((str(extra[name]) for name in names if extra.get(name)), "")
