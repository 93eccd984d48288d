"""Finds one person: by what identifies him, and by what the same rows identify him by besides.

`email=ada@example.org` finds the customer; her row says that she is customer 17; so her payments
are found, which know nothing but that number. This ends when no row says anything new.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from medallion.errors import SetupError
from medallion.lake.manifest import Manifest
from medallion.lake.reader import read_manifest
from medallion.operations.people.datasets import Dataset, make_context
from medallion.operations.surroundings import Surroundings
from medallion.records import RecordLayout
from medallion.steps.clean.erased.landing import find_obstacle, finish_landing
from medallion.steps.clean.erased.people import (
    People,
    PeopleKey,
    is_telling,
    keys_of,
    words_of,
)
from medallion.steps.clean.erased.scan import FoundInPart, read_identities, scan
from medallion.warehouse.registry import erasures
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables import people as rows

MOST_VALUES = 100
"""Of one identifier: more are not one person's."""
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLanding:
    """A landing, and what it has of the person. `obstacle`: why that cannot go by itself."""

    load_id: int
    manifest: Manifest
    parts: Mapping[int, FoundInPart]
    obstacle: str = ""

    @property
    def records(self) -> int:
        """How many they are, broken lines too."""
        return sum(len(part.numbers) + part.lines for part in self.parts.values())

    def list_blank(self) -> Iterator[rows.Record]:
        """Records that are blank already."""
        for number, part in enumerate(self.manifest.parts):
            yield from ((self.load_id, number, record) for record in part.erased)

    def list_records(self) -> Iterator[rows.Record]:
        """Where they are."""
        for number, part in self.parts.items():
            yield from ((self.load_id, number, record) for record in part.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one dataset has of the person.

    Attributes:
        values: by silver column, the texts that it may hold of the person.
        blank: records that are of nobody any more: no table may have rows of them.
    """

    dataset: Dataset
    landings: Sequence[FoundLanding]
    values: Mapping[str, Sequence[str]] = field(repr=False)
    blank: Sequence[rows.Record] = ()

    @property
    def wanted(self) -> rows.Wanted:
        """The person's rows in the dataset's tables, and what is left of blank records."""
        records = [one for landing in self.landings for one in landing.list_records()]
        return rows.Wanted(values=self.values, records=[*records, *self.blank])

    @property
    def key_values(self) -> Sequence[Sequence[str]]:
        """What each column of the key may be in the person's row; empty: it identifies nobody."""
        return [self.values.get(column, ()) for column in self.dataset.step.primary_key]


class Search:
    """The search for one person, or for all who were erased, in a domain."""

    def __init__(
        self, surroundings: Surroundings, domain: str, datasets: Sequence[Dataset]
    ) -> None:
        self.surroundings = surroundings
        self.domain = domain
        self.datasets = datasets
        self.keys: tuple[PeopleKey, ...] = keys_of(
            datasets[0].step, make_context(datasets[0], surroundings)
        )
        self.hashes: dict[str, set[str]] = {}
        self.most = MOST_VALUES * len(self.keys)
        self.clear: dict[str, set[str]] = {}

    @property
    def people(self) -> People:
        """Whom the search knows so far."""
        hashes = {name: frozenset(some) for name, some in self.hashes.items()}
        return People(keys=self.keys, hashes=hashes, words=words_of(self.words))

    @property
    def words(self) -> list[str]:
        """The values that are known in clear, and are nobody else's where a text has them."""
        return [one for some in self.clear.values() for one in some if is_telling(one)]

    def start(self, name: str, value: str) -> None:
        """Begin with a value of an identifier, or of a column, as a person writes it; or with its
        hash, as silver holds it.

        Raises:
            SetupError: nobody is identified by that, or the value is none.
        """
        known = False
        for dataset in self.datasets:
            for column, identifier in dataset.identifiers.items():
                if name not in (column, identifier):
                    continue
                known = True
                if cleaned := self._clean(dataset, column, value):
                    self._add_clear(identifier, [cleaned])
                if _HASH.fullmatch(value):
                    self._add_hashes(identifier, [value])
        if not known:
            names = sorted({i for one in self.datasets for i in one.identifiers.values()})
            raise SetupError(
                f"nobody in {self.domain} is identified by {name}",
                remedy=f"there are: {', '.join(names)}; `classification: {{identifies: …}}` of a "
                "column makes one more",
            )
        if not self.hashes:
            raise SetupError(
                f"the value is empty, or none that {name} may have", remedy="look at it again"
            )
        self._add_known()

    def add(self, hashes: erasures.Hashes) -> None:
        """Look for these, too."""
        self.most += sum(map(len, hashes.values()))
        for identifier, some in hashes.items():
            self._add_hashes(identifier, some)

    def look(self) -> list[Found]:
        """All that the datasets have.

        Raises:
            SetupError: what was found cannot be one person's.
            DataRejected, LakeError, WarehouseUnavailable: by who must act.
        """
        while True:
            before = {name: len(some) for name, some in self.hashes.items()}
            found = [self._look_into(dataset) for dataset in self.datasets]
            if before == {name: len(some) for name, some in self.hashes.items()}:
                return found

    def _look_into(self, dataset: Dataset) -> Found:
        everything = list(self._look_into_landings(dataset))
        landings = [one for one in everything if one.parts]
        blank = [one for landing in everything for one in landing.list_blank()]
        with session(self.surroundings.warehouse_url, "looking for a person") as connection:
            values = self._list_values(connection, dataset)
            found = Found(dataset=dataset, landings=landings, values=values, blank=blank)
            for name in rows.list_row_tables(connection, dataset.table):
                for column, identifier in dataset.telling.items():
                    said = rows.list_values_of(connection, name, column, found.wanted)
                    self._learn(dataset, column, identifier, said)
        for landing in landings:
            for part in landing.parts.values():
                for identifier, said in part.others.items():
                    self._add_clear(identifier, said)
        return found

    def _look_into_landings(self, dataset: Dataset) -> Iterator[FoundLanding]:
        context = make_context(dataset, self.surroundings)
        with session(self.surroundings.warehouse_url, "reading the landings") as connection:
            landings = erasures.list_landings(connection, dataset.table)
        for load_id, uri in landings:
            # What another process is rewriting must not be taken for what a killed one has left.
            with session(self.surroundings.warehouse_url, "reading a landing") as connection:
                erasures.lock_landing(connection, load_id)
                manifest = finish_landing(dataset.step, context, read_manifest(uri))
            found = scan(dataset.step, context, manifest, self.people)
            yield FoundLanding(
                load_id=load_id,
                manifest=manifest,
                parts=found,
                obstacle=find_obstacle(manifest, found),
            )

    def _list_values(self, connection: Session, dataset: Dataset) -> Mapping[str, Sequence[str]]:
        """By column, what it may hold of the person, in any version that there is."""
        people, values = self.people, {}
        for column, identifier in dataset.identifiers.items():
            hashes = self.hashes.get(identifier, set())
            clear = set(self.clear.get(identifier, set()))
            are_known = hashes <= {key.hash(one) for one in clear for key in self.keys}
            if hashes and not are_known and not dataset.is_hashed(column):
                for name in rows.list_row_tables(connection, dataset.table):
                    clear |= rows.list_values(
                        connection, name, column, partial(people.are, identifier)
                    )
            values[column] = sorted(hashes | clear)
        return values

    def _learn(self, dataset: Dataset, column: str, identifier: str, said: Iterable[str]) -> None:
        hashed = {one for one in said if dataset.is_hashed(column) and _HASH.fullmatch(one)}
        self._add_hashes(identifier, hashed)
        self._add_clear(identifier, set(said) - hashed)

    def _add_clear(self, identifier: str, values: Iterable[str]) -> None:
        for value in values:
            self.clear.setdefault(identifier, set()).add(value)
            self._add_hashes(identifier, [key.hash(value) for key in self.keys])

    def _add_hashes(self, identifier: str, hashes: Iterable[str]) -> None:
        some = self.hashes.setdefault(identifier, set())
        some.update(hashes)
        if not some:
            del self.hashes[identifier]
        if len(some) > self.most:
            raise SetupError(
                f"more than {MOST_VALUES} values of {identifier} would be one person's",
                remedy="a column that people share identifies nobody: take its `identifies` out of "
                "the spec",
            )

    def _add_known(self) -> None:
        """What former erasures of the person knew: an interrupted one has deleted rows that said
        it."""
        everything = [one for some in self.hashes.values() for one in some]
        with session(self.surroundings.warehouse_url, "reading who was erased") as connection:
            self.add(erasures.read_known(connection, self.domain, everything))

    def _clean(self, dataset: Dataset, column: str, value: str) -> str:
        """The value as the dataset cleans it; empty: it takes it for none."""
        spec = dataset.step.columns[column].model_copy(update={"from_": ("value",)})
        step = replace(dataset.step, columns={column: spec})
        with tempfile.TemporaryDirectory(prefix="medallion-person-") as folder:
            path = Path(folder) / "value.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["value"], [value]])
            layout = RecordLayout(format="csv", columns=("value",))
            context = make_context(dataset, self.surroundings)
            found = list(read_identities(step, context, path, layout))
        return (found[0][0] or "") if found else ""
