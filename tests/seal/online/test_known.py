from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from tests.seal.sealed_helper import import_numbers, make_keys, signal_of

from tidebreak.errors import Damaged
from tidebreak.installation import Tidebreak
from tidebreak.lists import live
from tidebreak.seal.inputs import digests_of, inputs_of
from tidebreak.seal.online import known as module
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Known, current
from tidebreak.seal.online.wire import CERTAIN, KNOWN, NO
from tidebreak.seal.oprf.voprf import Key


def values(keys: SealKeys, *numbers: int, kind: str = "sha256") -> np.ndarray:
    inputs = [one for n in numbers for one in inputs_of([signal_of(n, kind)])]
    return digests_of(Key(keys.private).output(inputs))


def computed(installation: Tidebreak) -> list[object]:
    return [e.detail["computed"] for e in installation.audit.events() if e.action == "seal.set"]


def test_everything_on_the_lists_is_known_and_nothing_else(listed: Tidebreak, keys: SealKeys):
    known = current(listed, keys)
    assert known.look_up(values(keys, *range(25))).tolist() == [CERTAIN] * 20 + [NO] * 5
    assert len(known.values) == 20


def test_a_weak_digest_is_known_without_being_certain(listed: Tidebreak, keys: SealKeys):
    import_numbers(listed, range(3), "weak", "md5")
    known = current(listed, keys)
    assert known.look_up(values(keys, 0, 1, 7, kind="md5")).tolist() == [KNOWN, KNOWN, NO]


def test_only_what_is_new_is_computed(listed: Tidebreak, keys: SealKeys):
    first = current(listed, keys)
    assert current(listed, keys).version == first.version
    import_numbers(listed, range(10, 40), "more")
    second = current(listed, keys)
    assert second.version != first.version
    assert len(second.values) == 40
    assert computed(listed) == [20, 20]


def test_a_withdrawn_entry_and_a_disabled_list_are_known_no_more(listed: Tidebreak, keys: SealKeys):
    before = current(listed, keys)
    listed.catalogue.withdraw("list", "#1", "test")
    assert len(current(listed, keys).values) == 19
    listed.catalogue.disable("list")
    nothing = current(listed, keys)
    assert len(nothing.values) == 0
    assert nothing.look_up(values(keys, 1)).tolist() == [NO]
    listed.catalogue.enable("list")
    assert len(current(listed, keys).values) == 19
    assert len({before.version, nothing.version, current(listed, keys).version}) == 3
    assert computed(listed)[0] == 20
    assert not any(computed(listed)[1:])


def test_a_build_that_was_killed_goes_on(
    listed: Tidebreak, keys: SealKeys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_CHUNK", 5)
    import_numbers(listed, range(100, 103), "other", "md5")

    def killed(done: int, _total: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        current(listed, keys, killed)
    told: list[tuple[int, int]] = []
    assert len(current(listed, keys, lambda *numbers: told.append(numbers)).values) == 23
    assert told == [(3, 3)]


def test_another_key_knows_other_values_of_the_same_things(listed: Tidebreak, tmp_path: Path):
    keys, other = make_keys(listed), SealKeys.derive(bytes(32))
    one, two = current(listed, keys), current(listed, other)
    assert not set(map(bytes, one.values)) & set(map(bytes, two.values))
    assert len(two.values) == 20


def test_two_processes_build_once(listed: Tidebreak, keys: SealKeys):
    found: list[Known] = []

    def build() -> None:
        with Tidebreak.open(listed.home) as own:
            found.append(current(own, keys))

    threads = [threading.Thread(target=build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.version for one in found}) == 1
    assert computed(listed) == [20]


def test_a_vault_that_lost_values_is_told(listed: Tidebreak, keys: SealKeys,
                                          monkeypatch: pytest.MonkeyPatch):  # fmt: skip
    monkeypatch.setattr(live, "kept_values", lambda *_: iter(()))
    with pytest.raises(Damaged, match="lacks 20 values"):
        current(listed, keys)


def test_a_value_on_several_lists_is_known_once_and_as_certain_as_the_best():
    rows = np.arange(48, dtype=np.uint8).reshape(3, 16)
    several = rows[[2, 0, 2, 1, 0]]
    known = Known.of(several, np.array([False, False, True, False, False]), bytes(32))
    assert (known.values == rows).all()
    assert known.certain.tolist() == [False, False, True]
    less = Known.of(several, np.zeros(5, np.bool_), bytes(32))
    assert less.version != known.version
