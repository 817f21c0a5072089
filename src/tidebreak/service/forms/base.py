"""What all forms share: nothing unknown is taken, and no text that is kept holds a hash."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from tidebreak.locators import looks_like_one


def no_hash(text: str) -> str:
    """Return ``text``; refuse one that may be a locator."""
    if looks_like_one(text):
        raise PydanticCustomError("hash", "This may be a hash; give a name or number of your own.")
    return text


Name = Annotated[str, Field(max_length=200), AfterValidator(no_hash)]
"""A short text of the caller's that may be kept in the clear."""

Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(no_hash)]
"""Why something is done; it is kept in the audit log."""


class In(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid")
