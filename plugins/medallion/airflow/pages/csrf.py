"""A form of ours, sent by the person whom it was made for: nobody else's page can send one.

Browsers may send Airflow's cookie along with a form, whoever made it. So a form carries a token
that is signed with Airflow's own key, for this person, and holds for half a day. Who logs in with
a header instead of the cookie needs none: no page of somebody else can set that.
"""

from __future__ import annotations

from airflow.configuration import conf
from fastapi import HTTPException, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from medallion.airflow.pages.access import Viewer

_SECONDS = 12 * 3600
_SALT = "medallion.pages"


def token_for(viewer: Viewer) -> str:
    """What each form of a person carries: his name, signed, good for 12 hours."""
    return str(_serializer().dumps(viewer.name))


def hold_to_token(request: Request, viewer: Viewer, token: str) -> None:
    """Refuse a form that was not made for this person.

    Raises:
        HTTPException: 403.
    """
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    try:
        name = _serializer().loads(token, max_age=_SECONDS)
    except BadSignature:
        name = None
    if name != viewer.name:
        raise HTTPException(
            status_code=403, detail="This form is too old, or not yours: load the page again."
        )


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(conf.get("api", "secret_key")), salt=_SALT)
