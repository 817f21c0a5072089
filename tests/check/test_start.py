from __future__ import annotations

import io

import pytest

from tidebreak.errors import UsageError


def test_without_lists_nothing_could_be_recognised(installation):
    with pytest.raises(UsageError, match="list"):
        installation.check(["sha1:" + "0" * 40])


def test_a_check_is_audited_without_what_was_checked(installation, know, files):
    know("a.bin")
    link = "urn:sha1:" + "0" * 40
    list(installation.check(["-"], stdin=io.BytesIO(link.encode()), case="17", held=[files]))
    *_, begun, ended = installation.audit.events()
    assert begun.action == "check"
    assert dict(begun.detail) == {"prose": False, "held": 3, "case": "17"}
    assert ended.action == "checked"
    assert dict(ended.detail) == {
        "matched": 0, "clear": 1, "not_fully_examined": 0, "derived": 0
    }  # fmt: skip
    assert "0" * 40 not in f"{begun} {ended}"
