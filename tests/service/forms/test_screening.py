from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidebreak.screens import Surface
from tidebreak.service.forms.screening import OriginIn


def test_an_origin_has_defaults():
    assert OriginIn().surface is Surface.PUBLIC


@pytest.mark.parametrize(
    "values", [{"jurisdiction": "E U"}, {"jurisdiction": "x" * 17}, {"client": "somebody"}]
)
def test_who_asks_is_not_the_caller_s_to_say(values: dict[str, str]):
    with pytest.raises(ValidationError):
        OriginIn.model_validate(values)
