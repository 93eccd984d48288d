"""Who is sent a message when something happens to a pipeline or its tables."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from medallion.model import SpecModel

ADDRESS_PATTERN = r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+$"
Address = Annotated[str, Field(pattern=ADDRESS_PATTERN, max_length=254)]


class AlertEvent(StrEnum):
    """What may be reported."""

    RUN_FAILED = "run_failed"
    GATE_FAILED = "gate_failed"
    APPROVAL_WANTED = "approval_wanted"
    DEADLINE_MISSED = "deadline_missed"
    QUARANTINE_ABOVE_LIMIT = "quarantine_above_limit"
    STALE = "stale"
    RECOVERED = "recovered"
    SCHEMA_CHANGED = "schema_changed"
    SPEC_REFUSED = "spec_refused"
    BACKFILL_FINISHED = "backfill_finished"

    def words(self) -> str:
        """As a message says it: `gate failed`.

        >>> AlertEvent.GATE_FAILED.words()
        'gate failed'
        """
        return self.value.replace("_", " ")

    def end_words(self) -> str:
        """As the message that it is over begins."""
        return "decided, was " if self is AlertEvent.APPROVAL_WANTED else "recovered, was "


class AlertSpec(SpecModel):
    """A channel, and what is reported to it: one message when it begins, one when it is over."""

    conn_id: str
    """The Airflow connection that messages go through: of type `smtp`, `slackwebhook`, `msteams`,
    `http` (a webhook) or `apprise`."""
    events: (
        Annotated[
            tuple[Annotated[AlertEvent, Field(strict=False)], ...],
            Field(strict=False, min_length=1),
        ]
        | None
    ) = None
    """What is reported; all of it by default. `recovered`: that what was reported is over."""
    to: Annotated[tuple[Address, ...], Field(strict=False)] = ()
    """The e-mail addresses of the receivers; for connections of type `smtp` alone."""
