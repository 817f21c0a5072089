"""What somebody who was invited sends and gets, and a change of password."""

from __future__ import annotations

from pydantic import Field

from tidebreak.service.forms.base import In, Out


class InvitationIn(In):
    """An invitation that an administrator handed over."""

    invitation: str = Field(max_length=200)


class InvitedForm(Out):
    """Who was invited, and the secret for an authenticator app, as text and as its own address."""

    name: str
    secret: str
    uri: str


class SetUpIn(In):
    """A password, and the code of now from the app that has the secret."""

    invitation: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    code: str = Field(max_length=100)


class RecoveryForm(Out):
    """Codes for when the device with the app is lost; each is good once, and shown now alone."""

    recovery_codes: list[str]


class PasswordIn(In):
    """The password of now, and the one from now on."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)
