from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidebreak.matching.observe import observe_signals
from tidebreak.model import ListKind, Signal

KNOWN = np.random.default_rng(1).integers(0, 256, (40, 32), np.uint8)


def digest(kind: str, number: int) -> str:
    return hashlib.new(kind, str(number).encode()).hexdigest()


@pytest.fixture(scope="module")
def matcher(tmp_path_factory):
    from tidebreak.installation import Tidebreak

    folder = tmp_path_factory.mktemp("passing")
    with Tidebreak.create(folder / "home", folder / "key") as installation:
        rows = [
            f"{n},{digest('md5', n)},{digest('sha1', n)},{row.tobytes().hex()}"
            for n, row in enumerate(KNOWN)
        ]
        file = folder / "list.csv"
        file.write_text("\n".join(["id,md5,sha1,pdq", *rows]))
        installation.import_list(file, name="L", kind=ListKind.CONTRABAND)
        yield installation.matcher(), installation.sealer


def near(number: int, bits: int) -> Signal:
    value = np.unpackbits(KNOWN[number])
    value[np.random.default_rng(bits).choice(256, bits, replace=False)] ^= 1
    return Signal.parse("pdq", np.packbits(value).tobytes().hex())


signals = st.one_of(
    st.builds(lambda n: Signal.parse("md5", digest("md5", n)), st.integers(0, 80)),
    st.builds(lambda n: Signal.parse("sha1", digest("sha1", n)), st.integers(0, 80)),
    st.builds(near, st.integers(0, 39), st.integers(0, 70)),
    st.builds(lambda value: Signal.parse("pdq", value.hex()), st.binary(min_size=32, max_size=32)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(signals, min_size=1, max_size=3), max_size=12))
def test_whatever_matches_is_among_what_may(matcher, items):
    judge, sealer = matcher
    judged = judge.judge([observe_signals(item, sealer) for item in items])
    matching = {row for row, one in enumerate(judged) if one.verdict.matches}
    assert matching <= set(judge.may_match(items, sealer))


def test_what_is_far_from_everything_is_passed_over(matcher):
    judge, sealer = matcher
    far = Signal.parse("pdq", bytes(32).hex())
    unknown = Signal.parse("md5", digest("md5", 999))
    known = Signal.parse("sha1", digest("sha1", 3))
    assert judge.may_match([[far], [unknown], [far, known], [near(5, 30)]], sealer) == [2, 3]
    assert judge.may_match([], sealer) == []


def test_what_cannot_be_compared_by_itself_is_never_passed_over(matcher):
    judge, sealer = matcher
    opaque = Signal.parse("photodna", "ab" * 144)
    assert judge.may_match([[opaque]], sealer) == [0]
