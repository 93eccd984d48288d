"""specs/policy.yaml: what an organisation asks of every spec, as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from medallion.model import OneOf, SpecModel
from medallion.publish.dispositions import DISPOSITIONS

RULE_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
TABLE_PATTERN = r"^(silver|gold)_[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}$"
PREFIX = "policy/"
"""What the ids of its rules begin with in messages: nobody takes them for Medallion's own."""

RuleId = Annotated[str, StringConstraints(pattern=RULE_PATTERN, max_length=60)]
_Texts = Annotated[tuple[str, ...], Field(strict=False)]


class Severity(StrEnum):
    """What a table that breaks a rule means for its spec."""

    ERROR = "error"
    WARNING = "warning"


class AppliesTo(SpecModel):
    """The tables that a rule is about; all of them by default."""

    layers: Annotated[tuple[Literal["silver", "gold"], ...], Field(strict=False)] = ()
    """`[gold]`, or `[silver]`. A silver table answers for its dataset's landings too."""
    domains: _Texts = ()
    """Domains, or patterns of their names: `[finance, "sandbox_*"]`."""
    write_dispositions: Annotated[
        tuple[Annotated[str, OneOf(DISPOSITIONS)], ...], Field(strict=False)
    ] = ()
    """How their rows join the published ones: `[replace]`. Gold tables are replaced."""


class ExemptionSpec(SpecModel):
    """A table that need not keep a rule, for a reason and until a day."""

    table: str = Field(pattern=TABLE_PATTERN)
    """The published table: gold_cinema.brands."""
    reason: str = Field(min_length=10, max_length=1000)
    """Why, for whoever reads it in a year."""
    expires: date
    """The last day (in UTC) on which it holds. From the next day on it is an error: somebody
    decides again."""


class RequireSpec(SpecModel):
    """A requirement that Medallion knows; whether it exists is judged when the file is read."""

    name: str
    """`owner`, `description`, `checks` …"""
    arguments: Mapping[str, Any] = {}
    """What it takes: `{checks: {at_least: 2}}`."""

    @model_validator(mode="before")
    @classmethod
    def _from_name_or_one_key(cls, value: object) -> object:
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, Mapping) or "name" in value:
            return value
        if len(value) != 1:
            raise ValueError(
                "it is a name, or one name with its arguments: {checks: {at_least: 2}}"
            )
        ((name, arguments),) = value.items()
        if not isinstance(arguments, Mapping):
            raise ValueError(f"the arguments of {name} are a mapping: {{{name}: {{…: …}}}}")
        return {"name": name, "arguments": arguments}


class PolicyRule(SpecModel):
    """One rule: what tables it is about, and what it requires of them."""

    description: str = ""
    """Why the organisation asks it."""
    severity: Severity = Field(default=Severity.ERROR, strict=False)
    """`error` refuses the spec, as any other error does; `warning` is shown and counted."""
    applies_to: AppliesTo = AppliesTo()
    """The tables that it is about; all of them by default."""
    require: RequireSpec | None = None
    """A requirement that Medallion knows: `owner`, or with arguments `{checks: {at_least: 2}}`."""
    expression: str | None = Field(default=None, min_length=1, max_length=1000)
    """A rule of your own, in CEL: it is true of a table that keeps the rule.
    `size(table.grants) > 0`"""
    for_each: Literal["table", "column"] = "table"
    """What an `expression` is evaluated for: each table, or each `column` of it."""
    message: str = Field(default="", max_length=500)
    """What is wrong where the `expression` is false: `{table} is granted to nobody`."""
    remedy: str = Field(default="", max_length=500)
    """What the author is to do. What Medallion knows says it by itself."""
    exemptions: Annotated[tuple[ExemptionSpec, ...], Field(strict=False)] = ()
    """Tables that need not keep it, each with a reason and a last day."""

    @model_validator(mode="after")
    def _one_of_them(self) -> PolicyRule:
        if (self.require is None) == (self.expression is None):
            raise ValueError("a rule has either `require` or an `expression`")
        if self.expression is None and (self.message or self.for_each != "table"):
            raise ValueError("`message` and `for_each` belong to an `expression`")
        if self.expression is not None and not self.message:
            raise ValueError("an `expression` needs a `message`: what is wrong where it is false")
        return self


class PolicySpec(SpecModel):
    """specs/policy.yaml: what the organisation asks of every spec."""

    description: str = ""
    """What it is for, and who keeps it."""
    rules: dict[RuleId, PolicyRule] = Field(default={}, max_length=200)
    """Each rule by its id, which messages show as `policy/<id>`."""
