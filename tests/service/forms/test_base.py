from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError
from tests.service.service_helper import digest

from tidebreak.service.forms.base import In, Name, Reason

NAME, REASON = TypeAdapter(Name), TypeAdapter(Reason)


class Thing(In):
    name: Name = ""


@pytest.mark.parametrize("text", ["", "upload 12", "3f2b8c1e-1111-4222-8333-444455556666", "é"])
def test_names_of_ones_own(text: str):
    assert NAME.validate_python(text) == text


@pytest.mark.parametrize("text", [digest(1), digest(1)[:32], f"a {digest(1)[:40]} b", "x" * 201])
def test_hashes_are_no_names(text: str):
    with pytest.raises(ValidationError) as raised:
        NAME.validate_python(text)
    assert text not in raised.value.errors()[0]["msg"]


def test_a_reason_is_given():
    with pytest.raises(ValidationError):
        REASON.validate_python("")


def test_nothing_unknown_is_taken():
    with pytest.raises(ValidationError):
        Thing.model_validate({"nme": "x"})
