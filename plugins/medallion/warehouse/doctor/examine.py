"""The warehouse, layer by layer; what lies behind a layer that fails is not looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest

import psycopg

from medallion.errors import MedallionError
from medallion.warehouse.doctor.finding import Finding
from medallion.warehouse.doctor.inside import look_inside
from medallion.warehouse.doctor.login import explain_refusal, has_unescaped_password
from medallion.warehouse.doctor.reach import look_at_name, look_at_port, look_at_tls
from medallion.warehouse.doctor.token import explain_by_token, look_at_token
from medallion.warehouse.session.connection import connect, is_database_url, settings_of
from medallion.warehouse.session.login import is_by_token

SUBJECT = "warehouse"


def examine_warehouse(url: str, grants: Sequence[str]) -> Iterator[Finding]:
    """What each layer says, in order.

    Args:
        url: a libpq URL of the loader.
        grants: the roles that specs grant tables to.
    """
    if problem := _look_at_url(url):
        yield problem
        return
    settings = settings_of(url)
    hosts = settings.get("host", "").split(",")
    ports = settings.get("port", "5432").split(",")
    seen = [
        list(_look_from_outside(host, int(port or 5432), settings))
        for host, port in zip_longest(hosts, ports[: len(hosts)], fillvalue=ports[0])
    ]
    reached = any(not _has_failed(findings) for findings in seen)
    for findings in seen:
        yield from map(_beside_another, findings) if reached else findings
    if reached:
        yield from _look_from_inside(url, settings, grants)


def _has_failed(findings: Sequence[Finding]) -> bool:
    return any(one.verdict == "failed" for one in findings)


def _beside_another(finding: Finding) -> Finding:
    """Of several hosts one is enough: the other may be what was failed over from."""
    return replace(finding, verdict="warning") if finding.verdict == "failed" else finding


def _look_at_url(url: str) -> Finding | None:
    """A password with a character that ends it moves the rest of it into the host's name, and a URL
    without a host has it for the port: so nothing else is shown of such a URL."""
    if is_database_url(url) and not has_unescaped_password(url) and _has_ports(url):
        return None
    return Finding(
        subject=SUBJECT,
        layer="url",
        verdict="failed",
        says="the warehouse's URL cannot be understood",
        cause="a character of the password that ends it there, such as @ / ? # : or %: it is "
        "written percent-encoded, @ as %40. Or no host after the password, a port that is not a "
        "number below 65536, or a setting after the ? that libpq does not know",
        confirm="python -c 'import getpass, urllib.parse as u; "
        'print(u.quote(getpass.getpass(), safe=""))\'',
    )


def _has_ports(url: str) -> bool:
    """Whether each port is one: else it may be a part of a password."""
    ports = settings_of(url).get("port", "").split(",")
    return all(not one or (one.isdecimal() and 0 < int(one) < 65536) for one in ports)


def _look_from_outside(host: str, port: int, settings: dict[str, str]) -> Iterator[Finding]:
    if not host or host.startswith("/"):
        says = f"the server is asked by its socket {host}".rstrip()
        yield Finding(subject=SUBJECT, layer="name", verdict="skipped", says=says)
        return
    place = settings.get("hostaddr", host)  # where libpq connects to, whatever the name is
    name, addresses = look_at_name(SUBJECT, place, port)
    yield name
    if not addresses:
        return
    reached = look_at_port(SUBJECT, host, port, addresses)
    yield reached
    if reached.verdict != "failed":
        yield look_at_tls(SUBJECT, place, port, _sslmode_of(settings))


def _sslmode_of(settings: dict[str, str]) -> str:
    """As the login has it: libpq takes the variable where the URL says nothing, and a token is not
    sent without TLS."""
    with suppress(MedallionError):  # the layer `token` says what is wrong
        if is_by_token(settings):
            return settings.get("sslmode") or os.environ.get("PGSSLMODE") or "require"
    return settings.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer"


def _look_from_inside(
    url: str, settings: dict[str, str], grants: Sequence[str]
) -> Iterator[Finding]:
    secrets, token = (settings.get("password", ""),), None
    try:
        token = look_at_token(SUBJECT, settings)
        if token:
            yield token
            if token.verdict == "failed":
                return
        with connect(url) as connection:
            says = f"{settings.get('user', 'the loader')} logs in"
            yield Finding(subject=SUBJECT, layer="login", verdict="ok", says=says)
            yield from look_inside(SUBJECT, connection, url, grants)
    except MedallionError as error:
        refused = explain_refusal(SUBJECT, error.problem, settings, secrets)
        yield explain_by_token(refused) if token else refused
    except psycopg.Error as error:
        yield explain_refusal(SUBJECT, str(error), settings, secrets)
