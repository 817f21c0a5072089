from __future__ import annotations

import dataclasses

import pytest

from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.model import Signal


def test_a_reference_is_frozen_and_names_nothing_by_default():
    found = Reference(Kind.MAGNET)
    assert found.signals == found.files == found.sources == ()
    assert not found.reason
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]


def test_hints_are_apart_from_what_binds_to_the_bytes():
    hint = Signal.parse("md5", "00" * 16)
    assert NamedFile(hints=(hint,)).signals == ()
