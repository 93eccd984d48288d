"""Whether Microsoft Entra ID gives the token that the loader logs in by."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from shlex import quote

from medallion.errors import MedallionError
from medallion.warehouse.doctor.finding import Finding
from medallion.warehouse.session.login import ask_for_token, is_by_token, scope_of_tokens

LAYER = "token"
ASK = "az account get-access-token --scope {scope} --query {field} --output tsv"
NOT_TAKEN = (
    "the server does not take the token: no role there is of this identity, or the connection's "
    "login is not that role's name. An administrator from Entra ID makes one of the identity's "
    "name, pgaadauth_create_principal('NAME', false, false)"
)


def look_at_token(subject: str, settings: Mapping[str, str]) -> Finding | None:
    """Ask for one, and say how long it is valid; None: the loader logs in by a password."""
    try:
        if not is_by_token(settings):
            return None
        minutes = round((ask_for_token().expires - time.time()) / 60)
    except MedallionError as error:
        return Finding(
            subject=subject,
            layer=LAYER,
            verdict="failed",
            says=error.problem,
            cause=_find_cause(error.problem),
            confirm=ASK.format(scope=quote(scope_of_tokens()), field="expiresOn"),
        )
    return Finding(
        subject=subject,
        layer=LAYER,
        verdict="ok",
        says=f"Microsoft Entra ID gives one, which is valid for {minutes} minutes",
    )


def explain_by_token(finding: Finding) -> Finding:
    """What a refused login means where it was by a token: nobody has typed a password."""
    if finding.layer != "login" or "authentication failed" not in finding.says:
        return finding
    asked = ASK.format(scope=quote(scope_of_tokens()), field="accessToken")
    return replace(finding, cause=NOT_TAKEN, confirm=f'PGPASSWORD="$({asked})" {finding.confirm}')


def _find_cause(problem: str) -> str:
    if "MEDALLION_WAREHOUSE_AUTH" in problem:
        return "the variable is misspelt: `entra`, or nothing for a password"
    return (
        "this process has no identity, or not the one that is meant: in Kubernetes the pod's label "
        "azure.workload.identity/use and the service account's annotation, elsewhere a managed "
        "identity whose client id is in AZURE_CLIENT_ID; or nothing leads from here to "
        "login.microsoftonline.com"
    )
