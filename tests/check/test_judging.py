from __future__ import annotations

import hashlib

import pytest

from tidebreak.check.judging import ALIGNED, CLAIMED, Part
from tidebreak.check.records import NOTHING
from tidebreak.check.start import judge_of
from tidebreak.model import Level, ListKind, Signal


@pytest.fixture
def judge(installation, know):
    know("a.bin", "b.bin", by=("md5", "sha1", "sha256"))
    return judge_of(installation)


@pytest.fixture
def signal(files):
    def of(kind, name="a.bin"):
        return Signal.parse(kind, hashlib.new(kind, (files / name).read_bytes()).hexdigest())

    return of


def test_all_of_a_batch_is_looked_up_in_order(judge, signal):
    parts = [Part((signal("md5"),)), Part((Signal.parse("sha1", "0" * 40),)), Part(()),
             Part((signal("sha256", "b.bin"),)), Part((signal("md5"), signal("sha1")))]  # fmt: skip
    levels = [verdict.level for verdict in judge.judge(parts)]
    assert levels == [Level.EXACT_WEAK, Level.NONE, Level.NONE, Level.EXACT, Level.EXACT]
    assert judge.judge(parts)[1] is NOTHING


def test_what_is_looked_up_alone_is_judged_as_in_any_batch(judge, signal):
    parts = [Part((signal(kind, name),)) for kind in ("md5", "sha256") for name in
             ("a.bin", "b.bin")] * 50  # fmt: skip
    together = judge.judge(parts)
    assert together == [judge.judge([part])[0] for part in parts]


def test_a_doubt_weakens(judge, signal):
    (verdict,) = judge.judge([Part((signal("sha256"),), 5, CLAIMED)])
    assert verdict.level is Level.EXACT_WEAK
    assert CLAIMED in verdict.matches[0].reason
    (parent,) = judge.recognised(Part((signal("sha256"),), None, CLAIMED))
    assert parent.grade is Level.EXACT_WEAK


def test_parents_carry_the_seal_that_was_recognised(judge, signal, installation):
    two = (Signal.parse("sha1", "0" * 40), signal("sha1"))
    (parent,) = judge.recognised(Part(two))
    assert parent.seal == installation.sealer.seal(two[1].type, two[1].value)


def test_a_size_that_an_author_states_weakens_no_strong_digest(installation, files, tmp_path):
    digests = [
        hashlib.new(k, (files / "a.bin").read_bytes()).hexdigest() for k in ("sha1", "sha256")
    ]
    (tmp_path / "sized.csv").write_text(f"id,size,sha1,sha256\na,300000,{','.join(digests)}\n")
    installation.import_list(tmp_path / "sized.csv", name="sized", kind=ListKind.CONTRABAND)
    judge = judge_of(installation)
    sha1, sha256 = (Signal.parse(*each) for each in zip(("sha1", "sha256"), digests, strict=True))
    parts = [Part((sha256,), 5), Part((sha1,), 5), Part((sha1,), 300_000), Part((sha1, sha256), 5)]
    levels = [verdict.level for verdict in judge.judge(parts)]
    assert levels == [Level.EXACT, Level.EXACT_WEAK, Level.EXACT, Level.EXACT]
    # What was examined here has the size that it has.
    assert judge.judge([Part((sha256,), 5, ALIGNED)])[0].level is Level.EXACT_WEAK
