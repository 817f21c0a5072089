from __future__ import annotations

import pytest

from tidebreak.errors import UsageError
from tidebreak.model import Examination, Signal
from tidebreak.remote.terms import USUAL, Terms

SIGNALS = tuple(
    Signal.parse(name, "ab" * size, quality)
    for name, size, quality in (("md5", 16, None), ("sha1", 20, None), ("sha256", 32, None),
                                ("ed2k", 16, None), ("pdq", 32, 90))
)  # fmt: skip
FOUND = Examination("", 5, "image/png", SIGNALS)


def sent(terms: Terms) -> list[str]:
    return [signal.type.name for signal in terms.signals_of(FOUND)]


def test_nothing_but_what_was_named_leaves():
    assert sent(Terms("x")) == ["md5", "sha1", "sha256"]
    assert sent(Terms.of("x", ["ed2k"], near=False, sealed=False)) == ["ed2k"]
    assert sent(Terms.of("x", ["SHA-256"], near=True, sealed=False)) == ["sha256", "pdq"]
    assert "pdq" not in sent(Terms.of("x", USUAL, near=False, sealed=True))


@pytest.mark.parametrize("types", [[], ["pdq"], ["nothing"], ["sha256", "photodna"]])
def test_types_that_are_not_exact_are_refused(types: list[str]):
    with pytest.raises(UsageError, match="sha256"):
        Terms.of("x", types, near=False, sealed=False)


def test_near_hashes_cannot_be_sealed():
    with pytest.raises(UsageError, match="--near or --sealed"):
        Terms.of("x", USUAL, near=True, sealed=True)


def test_each_way_says_what_it_gives_away():
    shown, near, sealed = (
        " ".join(Terms.of("third.example", ["md5"], near=near, sealed=sealed).in_words)
        for near, sealed in ((False, False), (True, False), (False, True))
    )
    assert "third.example learns the identifiers (md5) of every file" in shown
    assert "changed in any way are not recognised" in shown
    assert "PDQ of every picture" in near
    assert "changed in any way" not in near
    assert "only those that are on its lists" in sealed


def test_terms_are_known_again():
    terms = Terms.of("x", ["tth"], near=True, sealed=False)
    assert Terms.from_text(terms.as_text()) == terms
