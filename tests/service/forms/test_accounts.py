from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidebreak.service.forms.accounts import InvitationIn, PasswordIn, SetUpIn


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (InvitationIn, {"invitation": "x" * 201}),
        (InvitationIn, {"invitation": "x", "role": "administrator"}),
        (SetUpIn, {"invitation": "x", "password": "x" * 1001, "code": "1"}),
        (PasswordIn, {"old": "x"}),
    ],
)
def test_only_what_is_known_and_bounded_is_taken(form, sent):
    with pytest.raises(ValidationError):
        form.model_validate(sent)
