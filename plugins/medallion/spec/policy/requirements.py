"""What a policy may require of a table: a class each, with its arguments, and one table of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from medallion.checks.declaration import CheckSpec, OnFailure
from medallion.model import SpecModel
from medallion.names import Layer
from medallion.prose import list_and_count, tally
from medallion.spec.findings.finding import Finding
from medallion.spec.models.keeping import Days, days
from medallion.spec.policy.subject import Subject

_NAMED = 5
"""How many columns a message names."""


class Requirement(SpecModel):
    """The base of what a policy may require. The fields are the arguments as YAML has them."""

    doc: ClassVar[str]
    """What it requires: for the documentation."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """What is wrong with a table; nothing if it keeps the rule."""
        raise NotImplementedError


def _lacks(subject: Subject, problem: str, remedy: str) -> Iterator[Finding]:
    """One finding at the key of the table: what it lacks has no place of its own."""
    yield Finding(where=subject.where, on_key=True, problem=problem, remedy=remedy)


class Owner(Requirement):
    """Somebody answers for the table."""

    doc = "The pipeline, or its domain.yaml, names an `owner`."

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table whose pipeline and domain name no owner."""
        if not subject.owner:
            yield from _lacks(
                subject,
                f"{subject.name} has no owner",
                f"add `owner:` to the spec, or to {subject.table.domain}'s domain.yaml",
            )


class Description(Requirement):
    """People learn what the table holds."""

    doc = "The table has a `description`, of so many characters `at_least`."
    at_least: int = Field(default=1, ge=1, le=1000)
    """The characters that a description has at least."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table without a description, or with a short one."""
        length = len(subject.description.strip())
        if length < self.at_least:
            short = f"is described in {length} characters; the policy asks for {self.at_least}"
            yield Finding(
                where=(*subject.where, "description") if length else subject.where,
                on_key=not length,
                problem=f"{subject.name} {short if length else 'has no description'}",
                remedy="add `description:`, and say what one row is",
            )


class ColumnDescriptions(Requirement):
    """People learn what the columns hold."""

    doc = (
        "Each column has a description: of silver beside its type, of gold in `columns`. A gold "
        "table whose SELECT leaves its columns open (`*`) answers for those in `columns`."
    )

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table with columns that nobody describes, at the first one's place."""
        silent = [one.name for one in subject.columns if not one.description.strip()]
        if silent:
            is_gold = subject.table.layer is Layer.GOLD
            yield Finding(
                where=subject.key("columns", *(() if is_gold else silent[:1])),
                on_key=True,
                problem=f"columns of {subject.name} have no description: "
                f"{list_and_count(silent, _NAMED)}",
                remedy=f"add `columns: {{{silent[0]}: What it holds.}}`"
                if is_gold
                else "add `description:` to each",
            )


class PrimaryKey(Requirement):
    """One row is not another."""

    doc = "The table has a `primary_key`."

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table without a key."""
        if not subject.primary_key:
            yield from _lacks(
                subject,
                f"{subject.name} has no primary key",
                "add `primary_key: [...]`: the columns that tell one row from another",
            )


class Freshness(Requirement):
    """A table that gets old is noticed."""

    doc = "The table has a `freshness`: how old its last publication may be."

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table that may get old without a word."""
        found = subject.freshness
        if found is None or not (found.warn_after or found.error_after):
            yield from _lacks(
                subject,
                f"nothing says how old {subject.name} may be",
                "add `freshness: {warn_after: 26h, error_after: 50h}`",
            )


class Checks(Requirement):
    """What is published has passed something."""

    doc = (
        "The table's own gate has so many checks `at_least`; with `on_failure: [fail, quarantine]` "
        "those that only warn do not count."
    )
    at_least: int = Field(default=1, ge=1, le=1000)
    """The checks that it has at least."""
    on_failure: Annotated[
        tuple[Annotated[OnFailure, Field(strict=False)], ...], Field(strict=False, min_length=1)
    ] = tuple(OnFailure)
    """Which checks count, by what their failure does; all by default."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table with too few checks."""
        number = sum(check.on_failure in self.on_failure for check in subject.checks)
        if number < self.at_least:
            some = len(self.on_failure) < len(OnFailure)
            which = f" (on_failure: {' or '.join(self.on_failure)})" if some else ""
            yield from _lacks(
                subject,
                f"{subject.name} has {tally(number, 'check')}{which}; the policy "
                f"asks for {self.at_least}",
                "add `checks:` that hold what its readers count on",
            )


class RowLimit(Requirement):
    """A table that is replaced stays small enough to be replaced."""

    doc = (
        "The table has a check `row_count` that fails above `at_most` rows. How many rows a run "
        "will bring is not known when a spec is read: the spec promises a limit, and the gate of "
        "each run holds it."
    )
    at_most: int = Field(ge=1)
    """The rows that the check may allow."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table without such a check, or with a higher limit."""
        limits = [limit for check in subject.checks if (limit := _most_rows(check)) is not None]
        if not limits or min(limits) > self.at_most:
            has = f"allows {min(limits):,} rows" if limits else "has no limit of its rows"
            yield Finding(
                where=subject.key("checks") if limits else subject.where,
                on_key=True,
                problem=f"{subject.name} is written by {subject.write_disposition}, and {has}",
                remedy=f"add the check `row_count: {{max_value: {self.at_most}}}`, or choose "
                "another write_disposition",
            )


def _most_rows(check: CheckSpec) -> int | None:
    """The rows above which a check fails the gate."""
    if check.name not in ("row_count", "expect_table_row_count_to_be_between"):
        return None
    limit = check.arguments.get("max_value")
    return limit if isinstance(limit, int) and check.on_failure is OnFailure.FAIL else None


class Retention(Requirement):
    """Data is not kept for ever by oversight."""

    doc = (
        "A `retention` is set, by the table or its domain.yaml: for silver that of its landings "
        "(`bronze:`), for gold that of `quarantine:`. It is `at_most` so long."
    )
    at_most: Days | None = None
    """The longest that is allowed: 400d."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table whose landings or quarantined rows are kept too long."""
        is_gold = subject.table.layer is Layer.GOLD
        what, key = ("quarantined rows", "quarantine") if is_gold else ("landings", "bronze")
        kept = subject.retention
        wanted = self.at_most or "400d"
        if kept and (self.at_most is None or days(kept) <= days(self.at_most)):
            return
        how = f"kept {kept}, and {self.at_most} is the most" if kept else "kept for ever"
        yield Finding(
            where=(*subject.where, key, "retention"),
            on_key=True,
            problem=f"the {what} of {subject.name} are {how}",
            remedy=f"add `{key}: {{retention: {wanted}}}`, here or in domain.yaml",
        )


PERSONAL_NAMES = {
    "*email*": "email",
    "*e_mail*": "email",
    "courriel": "email",
    "*phone*": "phone",
    "telephone*": "phone",
    "mobile": "phone",
    "first_name": "name",
    "last_name": "name",
    "full_name": "name",
    "surname": "name",
    "prenom": "name",
    "nom_famille": "name",
    "*birth_date*": "birth_date",
    "date_of_birth": "birth_date",
    "birthday": "birth_date",
    "date_naissance": "birth_date",
    "*iban*": "bank_account",
    "card_number": "card_number",
    "ssn": "national_id",
    "national_id": "national_id",
    "passport*": "national_id",
    "ip_address": "ip_address",
    "postal_address": "address",
    "street*": "address",
}
"""Patterns of names that columns of personal data have, with what they hold."""


class Classification(Requirement):
    """Personal data is classified."""

    doc = (
        "A silver column whose name is one of `names` (patterns; by default the usual ones of "
        "e-mail addresses, telephones, people, birth, accounts and identity papers) has a "
        "`classification`. `protect: none` is one: it says that the clear value is meant."
    )
    names: Annotated[tuple[str, ...], Field(strict=False)] = tuple(PERSONAL_NAMES)
    """Patterns of the columns' names, in place of the usual ones: `["*email*", iban]`."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that looks personal and says nothing."""
        if subject.table.layer is Layer.GOLD:
            return  # it has what silver gives it
        for column in subject.columns:
            like = next((name for name in self.names if fnmatchcase(column.name, name)), None)
            if like is None or column.pii:
                continue
            pii = PERSONAL_NAMES.get(like, "other")
            yield Finding(
                where=subject.key("columns", column.name),
                on_key=True,
                problem=f"{column.name} looks like personal data, and is not classified",
                remedy=f"add `classification: {{pii: {pii}, protect: hash}}`; `protect: none` says "
                "that the clear value is meant",
            )


class _Pattern(Requirement):
    pattern: str = Field(min_length=1, max_length=200)
    """A regular expression (Python's) that the whole name matches."""

    @field_validator("pattern")
    @classmethod
    def _is_one(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"it is not a regular expression: {error}") from None
        return value


class TableNames(_Pattern):
    """Tables are called alike."""

    doc = "The table's own name (without its schema) matches a regular expression, `pattern`."

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table of another name."""
        if not re.fullmatch(self.pattern, subject.table.name):
            yield from _lacks(
                subject,
                f"the name {subject.table.name} does not match {self.pattern}",
                "rename it",
            )


class ColumnNames(_Pattern):
    """Columns are called alike."""

    doc = "The name of each column matches a regular expression, `pattern`."

    def find(self, subject: Subject) -> Iterator[Finding]:
        """A table with columns of other names, at the first one's place."""
        other = [one.name for one in subject.columns if not re.fullmatch(self.pattern, one.name)]
        if other:
            yield Finding(
                where=subject.key("columns", other[0]),
                on_key=True,
                problem=f"names of columns of {subject.name} do not match {self.pattern}: "
                f"{list_and_count(other, _NAMED)}",
                remedy="rename them",
            )


REQUIREMENTS: dict[str, type[Requirement]] = {
    "owner": Owner,
    "description": Description,
    "column_descriptions": ColumnDescriptions,
    "primary_key": PrimaryKey,
    "freshness": Freshness,
    "checks": Checks,
    "row_limit": RowLimit,
    "retention": Retention,
    "classification": Classification,
    "table_names": TableNames,
    "column_names": ColumnNames,
}
"""By the word of `require:`."""
