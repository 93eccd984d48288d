"""A stand-in for TMDB's API v3: real HTTP on loopback, TMDB's shapes, limits and failures.

>>> with ReplayServer(films=[{"id": 11, "title": "Star Wars"}]) as server:
...     server.base_url
'http://127.0.0.1:.../3'
"""

from __future__ import annotations

from medallion.replay.access import REPLAY_API_KEY, REPLAY_TOKEN, Access
from medallion.replay.api import Limits, RecordedRequest
from medallion.replay.faults import Dropped, Failure, Fault, Faults, Html, NoTotalPages, Throttled
from medallion.replay.server import ReplayServer

__all__ = [
    "REPLAY_API_KEY",
    "REPLAY_TOKEN",
    "Access",
    "Dropped",
    "Failure",
    "Fault",
    "Faults",
    "Html",
    "Limits",
    "NoTotalPages",
    "RecordedRequest",
    "ReplayServer",
    "Throttled",
]
