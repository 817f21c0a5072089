"""``docs/security.md`` names the test that holds each point: every one of them is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
TESTS = "".join(
    file.read_text()
    for part in ("service", "e2e", "access", "fetching", "policy")
    for file in (ROOT / "tests" / part).rglob("test_*.py")
)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_]{20,})`[),]", PAGE))))
def test_a_test_of_that_name_is_there(name: str):
    assert f"def test_{name}(" in TESTS


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`((?:[\w/]+/)?test_\w+\.py)`", PAGE))))
def test_a_file_of_that_name_is_there(file: str):
    places = (ROOT, ROOT / "tests" / "service", ROOT / "tests" / "service" / "webhooks")
    assert any((place / file).exists() for place in places)


def test_all_ten_are_there():
    assert [int(n) for n in re.findall(r"^### API(\d+):", PAGE, re.MULTILINE)] == [*range(1, 11)]
