"""What a domain says of its processing of personal data: what no spec can show by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from medallion.model import SpecModel

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Texts = Annotated[tuple[Text, ...], Field(strict=False, max_length=100)]
LegalBasis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
]
"""Article 6 (1) of the GDPR, from a to f."""


class TransferSpec(SpecModel):
    """Personal data that leave for a country outside of the GDPR."""

    to: Text
    """The country, or the organisation."""
    safeguard: Text
    """What protects them there: an adequacy decision, standard clauses."""


class PrivacySpec(SpecModel):
    """What the register of processing (GDPR, article 30) asks of a domain besides its specs."""

    controller: str = Field(default="", max_length=500)
    """Who is responsible: the organisation's name and address."""
    contact: str = Field(default="", max_length=200)
    """How to reach them."""
    protection_officer: str = Field(default="", max_length=200)
    """How to reach the data protection officer."""
    purpose: str = Field(default="", max_length=2000)
    """What the data are processed for."""
    legal_basis: LegalBasis | None = None
    """What allows it, by article 6 of the GDPR."""
    persons: Texts = ()
    """Whose data they are: customers, employees."""
    recipients: Texts = ()
    """Who else gets them: whom no grant, export or dashboard of the specs shows."""
    transfers: Annotated[tuple[TransferSpec, ...], Field(strict=False, max_length=100)] = ()
    """Where they go outside of the GDPR's reach."""
    security: Texts = ()
    """Measures that no spec shows: encrypted disks, two people for each access."""
