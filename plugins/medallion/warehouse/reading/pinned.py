"""What a reader pins: a version, a moment, or a run. Nothing of it: what is published now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from medallion.durations import moment_of
from medallion.errors import CannotRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One of these, or none. `publication_id`: of what has been found before."""

    version: int | None = None
    as_of: datetime | None = None
    run: str | None = None
    publication_id: int | None = None

    @classmethod
    def of(
        cls,
        *,
        version: int | None = None,
        as_of: datetime | date | str | None = None,
        run: str | None = None,
    ) -> Pin:
        """The pin in what a person has written.

        >>> Pin.of(as_of="2026-01-31").as_of
        datetime.datetime(2026, 1, 31, 0, 0, tzinfo=datetime.timezone.utc)

        Raises:
            CannotRead: two are given, or `as_of` is not a moment.
        """
        if sum(one is not None for one in (version, as_of, run)) > 1:
            raise CannotRead(
                "version, as_of and run each say which publication is meant",
                remedy="give one of them",
            )
        return cls(version=version, as_of=None if as_of is None else _moment(as_of), run=run)

    def question(self) -> tuple[str, str]:
        """The statement of `ledger.sql` that finds it, and that one's last parameter."""
        if self.publication_id is not None:
            return "of_id", str(self.publication_id)
        if self.version is not None:
            return "of_version", str(self.version)
        if self.run is not None:
            return "of_run", self.run
        if self.as_of is not None:
            return "as_of", self.as_of.isoformat()
        return "current", ""


def _moment(said: datetime | date | str) -> datetime:
    if isinstance(said, str):
        try:
            said = datetime.fromisoformat(said)
        except ValueError:
            raise CannotRead(
                f"as_of: {said!r} is not a moment", remedy="write 2026-01-31, or 2026-01-31T06:00"
            ) from None
    return moment_of(said)
