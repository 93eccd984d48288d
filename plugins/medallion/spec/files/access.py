"""specs/access.yaml: what operators allow each domain. Without the file, the defaults hold.

It is outside every domain's folder, because whoever may commit to a domain's folder must not be
able to widen what the domain reaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import Field, ValidationError

from medallion.cleaning.declared.classification import DEFAULT_CONNECTION
from medallion.errors import Issue, SpecError
from medallion.model import SpecModel
from medallion.names import (
    CATALOGUE_CONN_ID,
    METRICS_CONN_ID,
    SUPERSET_CONN_ID,
    WAREHOUSE_CONN_ID,
    Name,
)
from medallion.sources.base.locations import Location
from medallion.sources.base.reach import ACCESS_FILE, DATA_FOLDER
from medallion.sources.base.web_address import read_listed_server
from medallion.spec.files.refusals import defect, refusal
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.messages.prose import findings
from medallion.spec.models.bounds import out_of_bounds
from medallion.spec.models.lake_tables import SCHEMES
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused

_List = Annotated[tuple[str, ...], Field(strict=False)]


class AccessSpec(SpecModel):
    """specs/access.yaml: what operators allow each domain."""

    connections: dict[Name, _List] = Field(default_factory=dict)
    """For each domain the ids of the Airflow connections that it may use. Once it is there, what it
    does not list is refused, of every domain: one that is not named has none."""
    files: dict[Name, _List] = {}
    """For each domain folders that its file sources may read, beside include/data/<domain> and
    include/data/shared: others of include/data, or mounted ones by their absolute path."""
    hosts: dict[Name, _List] = {}
    """For each domain the web servers whose files it may read without a connection, and to which
    others may redirect: data.example.org, with its port where that is another than 443.
    http://intranet:8080 is one without TLS."""
    lakes: dict[Name, _List] = {}
    """For each domain the folders in lakes that its tables may be published to: `abfs://CONN_ID@
    container/folder`, `s3://CONN_ID@bucket/folder`, `file:///mnt/folder`. Without it: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The operators' file. If it is `broken`, nothing is allowed that needs it."""

    spec: AccessSpec = field(default_factory=AccessSpec)
    broken: bool = False

    def connections_of(self, domain: str) -> frozenset[str] | None:
        """The connections that a domain may use; None: the file does not limit them."""
        if self.broken:
            return frozenset()
        if "connections" not in self.spec.model_fields_set:
            return None
        return frozenset(self.spec.connections.get(domain, ()))

    def folders_of(self, domain: str) -> tuple[str, ...]:
        """The folders that a domain's file sources may read besides the default ones."""
        return () if self.broken else self.spec.files.get(domain, ())

    def hosts_of(self, domain: str) -> tuple[str, ...]:
        """The web servers whose files a domain may read without a connection."""
        return () if self.broken else self.spec.hosts.get(domain, ())

    def lakes_of(self, domain: str) -> tuple[Location, ...]:
        """The folders in lakes that a domain's tables may be published to."""
        said = () if self.broken else self.spec.lakes.get(domain, ())
        return tuple(filter(None, map(Location.parse, said)))


BROKEN = Access(broken=True)


def describe_own(conn_id: str) -> str:
    """What a connection of the platform itself is; empty for any other. Domain roles' are too.

    >>> describe_own("Medallion_Warehouse_Bakery"), describe_own("bakery")
    ('the warehouse itself', '')
    """
    name = conn_id.lower()  # a connection that is an environment variable answers to any case
    for own, what in _OWN.items():
        if name == own or name.startswith(f"{own}_"):
            return what
    return "the key of hashed personal data" if name == DEFAULT_CONNECTION else ""


_OWN = {
    WAREHOUSE_CONN_ID: "the warehouse itself",
    METRICS_CONN_ID: "the login of /medallion/metrics",
    CATALOGUE_CONN_ID: "the login of the catalogue's pages",
    SUPERSET_CONN_ID: "the platform's own login to Superset",
}


def connection_refusal(access: Access, domain: str, conn_id: str) -> tuple[str, str] | None:
    """(problem, remedy) if a domain may not use a connection; None if it may."""
    if own := describe_own(conn_id):
        is_key = conn_id.lower() == DEFAULT_CONNECTION
        return (
            f"{conn_id} is {own}, which no source reads",
            "name another one" if is_key else "read published tables in a gold table's SQL",
        )
    allowed = access.connections_of(domain)
    if allowed is None or conn_id in allowed:
        return None
    if access.broken:
        return (
            f"{ACCESS_FILE} is broken: which connections {domain} may use is not known",
            f"repair {ACCESS_FILE}",
        )
    return (
        f"the domain {domain} may not use the connection {conn_id}",
        f"an operator adds it to `connections: {{{domain}: […]}}` in {ACCESS_FILE}",
    )


def load_access(root: Path) -> Access:
    """What operators allow; the defaults if there is no file.

    Args:
        root: the project's folder, resolved.

    Raises:
        SpecError: the file is broken.
    """
    data = b""
    issues: tuple[Issue, ...]
    try:
        data = read_bounded(root / ACCESS_FILE, root / SPECS_FOLDER)
        raw = read_yaml(data, may_be_empty=True)
        if beyond := list(out_of_bounds(raw)):
            raise SpecError(issues_of(beyond, ACCESS_FILE, data))
        spec = AccessSpec.model_validate(raw)
        issues = issues_of(
            [*_folder_problems(spec), *_host_problems(spec), *_lake_problems(spec)],
            ACCESS_FILE,
            data,
        )
        if not issues:
            return Access(spec=spec)
    except FileNotFoundError:
        return Access()
    except ValidationError as invalid:
        found = findings(invalid.errors(include_url=False), AccessSpec)
        issues = issues_of(found, ACCESS_FILE, data)
    except (FileRefused, YamlRefused) as refused:
        issues = refusal(refused, ACCESS_FILE)
    except SpecError:
        raise
    except Exception as error:  # whatever is in the file, the specs that need none of it still load
        issues = (defect(error, ACCESS_FILE),)
    raise SpecError(issues)


def read_access_or_allow_nothing(root: Path) -> tuple[Access, tuple[Issue, ...]]:
    """What operators allow, and the file's issues. If there are any, nothing is allowed."""
    try:
        return load_access(root), ()
    except SpecError as error:
        return BROKEN, error.issues


def _folder_problems(spec: AccessSpec) -> Iterator[Finding]:
    for domain, folders in spec.files.items():
        for at, folder in enumerate(folders):
            path = PurePosixPath(folder)
            if path.is_absolute() and len(path.parts) == 1:
                yield Finding(
                    where=("files", domain, at),
                    rule="access-folder",
                    problem=f"{folder} is all that there is on the machine",
                    remedy="name the folder that is meant: /mnt/exports",
                )
            inside = path.is_relative_to(DATA_FOLDER) and ".." not in path.parts
            if not inside and not path.is_absolute():
                yield Finding(
                    where=("files", domain, at),
                    rule="access-folder",
                    problem=f"{folder} is neither below {DATA_FOLDER}/ nor an absolute path",
                    remedy=f"write {DATA_FOLDER}/<folder>, or the path of a mounted folder: "
                    "/mnt/exports",
                )


def _host_problems(spec: AccessSpec) -> Iterator[Finding]:
    for domain, hosts in spec.hosts.items():
        for at, host in enumerate(hosts):
            if not read_listed_server(host):
                yield Finding(
                    where=("hosts", domain, at),
                    rule="access-host",
                    problem=f"{host!r} is not the name of one server",
                    remedy="write data.example.org, data.example.org:8443 or, without TLS, "
                    "http://intranet:8080; each server is named whole",
                )


def _lake_problems(spec: AccessSpec) -> Iterator[Finding]:
    for domain, folders in spec.lakes.items():
        for at, folder in enumerate(folders):
            location = Location.parse(folder)
            is_known = location is not None and location.scheme in SCHEMES
            if location is None or not is_known or location.problem_of_table():
                problem = location.problem_of_table() if location is not None and is_known else ""
                yield Finding(
                    where=("lakes", domain, at),
                    rule="access-lake",
                    problem=problem or f"{folder} is not a folder of a lake",
                    remedy="write abfs://CONN_ID@container/folder, s3://CONN_ID@bucket/folder or "
                    "file:///mnt/folder",
                )


def lake_refusal(access: Access, domain: str, location: Location) -> tuple[str, str] | None:
    """(problem, remedy) if a domain may not publish a table there; None if it may."""
    if any(location.is_within(folder) for folder in access.lakes_of(domain)):
        return None
    url = location.url(location.path)
    if access.broken:
        return (
            f"{ACCESS_FILE} is broken: which lakes {domain} may publish to is not known",
            f"repair {ACCESS_FILE}",
        )
    return (
        f"the domain {domain} may not publish tables to {url}",
        f"an operator adds the folder to `lakes: {{{domain}: [{url.rpartition('/')[0]}]}}` in "
        f"{ACCESS_FILE}",
    )
