"""What one look at one layer has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One layer's verdict. None of its texts holds a secret.

    Attributes:
        subject: what is looked at: `warehouse`, `lake`, a connection's id.
        layer: `name`, `tcp`, `tls`, `login` and so on.
        says: what is there, or what is wrong.
        cause: the likely one, where it is wrong.
        confirm: a command that shows it without Medallion.
    """

    subject: str
    layer: str
    verdict: Verdict
    says: str
    cause: str = ""
    confirm: str = ""
