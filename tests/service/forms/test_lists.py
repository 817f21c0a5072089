from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidebreak.lists.catalogue import EntryRecord
from tidebreak.lists.records import ImportOptions
from tidebreak.service.forms.lists import EntryForm, ImportIn, ThresholdsIn


def test_every_option_of_an_import_can_be_asked_for():
    asked = set(ImportOptions.__annotations__) - {"name", "progress"}
    assert set(ImportIn.model_fields) == asked


def test_an_entry_shows_nothing_that_recognises_it():
    kept = set(EntryRecord.__dataclass_fields__) - {"list"}
    assert set(EntryForm.model_fields) == kept


@pytest.mark.parametrize("values", [{"near": 257}, {"quality": -1}, {"near": 3, "reason": ""}])
def test_thresholds_have_bounds_and_a_reason(values: dict[str, object]):
    with pytest.raises(ValidationError):
        ThresholdsIn.model_validate({"reason": "x", **values})
