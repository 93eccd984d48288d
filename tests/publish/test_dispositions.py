"""Every disposition that a table may have is found again by the name that the registry keeps."""

from __future__ import annotations

import pytest

from medallion.publish.dispositions import DISPOSITIONS, disposition_of
from medallion.publish.incremental import IncrementalSpec, IncrementBy
from medallion.publish.view import AS_VIEW


@pytest.mark.parametrize("by", IncrementBy)
def test_a_gold_table_that_grows_is_found_by_its_name(by: IncrementBy) -> None:
    own = IncrementalSpec(by=by).disposition()
    assert own.name not in DISPOSITIONS
    assert disposition_of(own.name) is own
    assert not own.moves_staging


def test_that_of_a_view_is_found_by_its_name_and_no_dataset_may_name_it() -> None:
    assert AS_VIEW.name not in DISPOSITIONS
    assert disposition_of(AS_VIEW.name) is AS_VIEW


def test_a_dataset_s_is_found_by_its_word() -> None:
    assert [disposition_of(word).name for word in DISPOSITIONS] == list(DISPOSITIONS)
