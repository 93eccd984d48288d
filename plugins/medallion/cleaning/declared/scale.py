"""Numbers whose scale is in another field: `scale: {from: Unit, map: {MIL: 1000, UNIT: 1}}`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pydantic import Field, model_validator

from medallion.cleaning.declared.types import ColumnType
from medallion.model import SpecModel

MOST_DIGITS = 15
"""Of a factor, before and after its point together: what a number in YAML holds exactly."""

_DIGITS = 12
"""After the point of the number that is multiplied: more where the column's type needs more."""


class ScaleSpec(SpecModel):
    """What a number is multiplied by, as another field of its record says."""

    from_: str = Field(alias="from", min_length=1)
    """The record's field that holds the unit, as `from` of a column names it. Blanks around a unit
    do not count."""
    map: dict[str, int | float] = Field(min_length=1, max_length=100)
    """Each unit with its factor: `{MIL: 1000, UNIT: 1}`. A record with another
    unit, or without one, goes to quarantine."""

    @model_validator(mode="after")
    def _are_factors(self) -> ScaleSpec:
        for unit, factor in self.factors.items():
            digits = len(f"{factor:f}".replace(".", "")) if factor.is_finite() else 0
            if factor <= 0 or not 0 < digits <= MOST_DIGITS:
                raise ValueError(
                    f"{unit}: {factor} is not a factor above 0 with at most {MOST_DIGITS} digits"
                )
        return self

    @property
    def factors(self) -> Mapping[str, Decimal]:
        """Each unit's factor, exactly as it is written."""
        return {unit: Decimal(str(factor)) for unit, factor in self.map.items()}

    @property
    def decimals(self) -> int:
        """The most digits that a factor has after its point."""
        return max(max(-_exponent(factor), 0) for factor in self.factors.values())

    @property
    def shift(self) -> int:
        """How far the largest power of ten in a factor moves the point: 3 for 1000."""
        return max(max(_exponent(factor), 0) for factor in self.factors.values())

    def count_digits_needed(self, column_type: ColumnType) -> int:
        """Digits after the point that a product of a column of the type may have."""
        return max(column_type.scale + self.shift, _DIGITS) + self.decimals


def _exponent(factor: Decimal) -> int:
    exponent = factor.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
