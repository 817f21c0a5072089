from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.seal.local_helper import CHEAP, import_numbers, known, running

from tidebreak.errors import UsageError
from tidebreak.model import ListKind, Signal
from tidebreak.seal.canaries import COUNT, canary_keys
from tidebreak.seal.local import issue as module
from tidebreak.seal.local.client import LocalStore
from tidebreak.seal.local.file import load_key, unpack
from tidebreak.seal.local.hardening import Hardener
from tidebreak.seal.local.issue import Issued, Order, canary_secret, issue
from tidebreak.seal.local.wire import Known

# Of raw bytes and of a node with one multihash; and of another.
CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
SAME_CONTENT = "QmbndsLC1CSf3kfubGmxeRRJbNUbm3JjyKwV1iw4jStAgm"
OTHER_CONTENT = "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"


@pytest.fixture
def order(tmp_path: Path) -> Callable[..., Order]:
    """Orders with a place of their own for every name."""

    def make(operator: str = "small-index", name: str = "", **more: object) -> Order:
        name = name or operator
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "keys").mkdir(exist_ok=True)
        places = tmp_path / "out" / name, tmp_path / "keys" / name
        return Order(operator, *places, **{"cost": CHEAP, **more})

    return make


def says(made: Order, *signals: Signal) -> list[Known]:
    """What the store at ``made.out`` holds, looked up as its process does."""
    key = load_key(made.key_file)
    terms, digests = unpack(made.out.read_bytes(), key)
    hardener = Hardener(key, terms.salt, terms.cost)
    found = [
        digests.has(hardener.everywhere(hardener.seal(s.type.space, s.type.comparable(s.value))).T)
        for s in signals
    ]
    return [
        Known.CERTAIN if each[0].any() else Known.UNCERTAIN if each[1].any() else Known.NO
        for each in found
    ]


def test_everything_that_counts_is_inside_and_nothing_else(installation, order):
    import_numbers(installation, range(50))
    import_numbers(installation, range(100, 110), "watched", ListKind.WATCH)
    import_numbers(installation, range(200, 210), "harmless", ListKind.ALLOW)
    import_numbers(installation, range(300, 310), "off")
    import_numbers(installation, range(400, 410), "gone")
    installation.catalogue.disable("off")
    installation.catalogue.remove("gone", "a test")
    installation.catalogue.withdraw("known", "n7", "a mistake")
    import_numbers(installation, range(100, 109), "watched", ListKind.WATCH)  # a newer version
    made = issue(order(), installation)
    assert made.identifiers == 49 + 9
    wanted = {*range(50), *range(100, 109)} - {7}
    said = says(order(), *map(known, range(500)))
    assert said == [Known.CERTAIN if n in wanted else Known.NO for n in range(500)]
    assert len(unpack(order().out.read_bytes(), load_key(order().key_file))[1]) == 58 + COUNT


def test_what_one_digest_alone_does_not_decide_is_uncertain(installation, order, tmp_path):
    (tmp_path / "list.csv").write_text(
        f"id,md5,sha1,tth,cid\na,{1:032x},{2:040x},{'A' * 39},{CID}\n"
    )
    installation.import_list(tmp_path / "list.csv", name="known", kind=ListKind.CONTRABAND)
    issue(order(), installation)
    signals = [
        ("md5", f"{1:032x}"),
        ("sha1", f"{2:040x}"),
        ("tth", "A" * 39),
        ("ed2k", f"{1:032x}"),
    ]
    parsed = [Signal.parse(*each) for each in signals]
    assert says(order(), *parsed) == [Known.UNCERTAIN, Known.UNCERTAIN, Known.CERTAIN, Known.NO]
    cids = [Signal.parse("cid", text) for text in (CID, SAME_CONTENT, OTHER_CONTENT)]
    assert says(order(), *cids) == [Known.CERTAIN, Known.CERTAIN, Known.NO]


def test_two_stores_have_no_digest_in_common(installation, order):
    """Neither those of two operators, nor two of one; canaries included."""
    import_numbers(installation, range(2000))
    orders = [order("one"), order("two"), order("two", "again")]
    stores, secret = [], canary_secret(installation.sealer)
    for each in orders:
        issue(each, installation)
        stores.append(unpack(each.out.read_bytes(), load_key(each.key_file)))
    for a, (first, one) in enumerate(stores):
        assert one.has(canary_keys(secret, orders[a].operator, first.issue)).all()
        for second, two in stores[a + 1 :]:
            # Cut to 44 bits, some of 4.6 million pairs may be equal by chance: less than one.
            assert len(np.intersect1d(one.values, two.values)) <= 1
            assert first.issue != second.issue
            assert first.salt != second.salt


def test_terms_are_as_ordered_and_the_audit_log_knows_whose_it_is(installation, order):
    import_numbers(installation, range(3))
    made = issue(order(days=7, per_day=99), installation)
    terms = made.terms
    assert (terms.cost, terms.per_day) == (CHEAP, 99)
    assert terms.expires - terms.issued == timedelta(days=7)
    assert made.size == order().out.stat().st_size
    begun, done = [e for e in installation.audit.events() if e.action.startswith("seal.issue")]
    assert (begun.object, begun.detail["issue"]) == ("small-index", terms.issue)
    assert (done.detail["issue"], done.detail["identifiers"]) == (terms.issue, 3)
    assert b"small-index" not in order().out.read_bytes()
    assert issue(order(name="forever", days=0), installation).terms.expires is None


def test_an_installation_without_lists_makes_a_store_that_knows_nothing(installation, order):
    assert issue(order(), installation).identifiers == 0
    assert says(order(), known(1)) == [Known.NO]


def test_nothing_is_overwritten(installation, order):
    import_numbers(installation, range(3))
    issue(order(), installation)
    before = order().out.read_bytes(), order().key_file.read_bytes()
    for wrong in (order(), replace(order("new"), key_file=order().key_file)):
        with pytest.raises(UsageError, match="never overwritten"):
            issue(wrong, installation)
    assert (order().out.read_bytes(), order().key_file.read_bytes()) == before


@pytest.mark.parametrize(
    "wrong", [{"days": -1}, {"days": 3651}, {"per_day": 0}, {"per_day": 1 << 32}]
)
def test_terms_have_bounds(installation, order, wrong):
    with pytest.raises(UsageError, match=r"0 \(ever\) to 3650 days"):
        issue(order(**wrong), installation)


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 65, "-x"])
def test_operators_have_plain_names(installation, order, name):
    with pytest.raises(UsageError, match="operator's name"):
        issue(replace(order(), operator=name), installation)


def test_key_and_store_go_into_different_folders(installation, order):
    together = replace(order(), key_file=order().out.with_name("key"))
    with pytest.raises(UsageError, match="another folder"):
        issue(together, installation)


def test_a_store_that_cannot_be_written_leaves_no_key(installation, order, tmp_path: Path):
    import_numbers(installation, range(3))
    nowhere = replace(order(), out=tmp_path / "none" / "store")
    with pytest.raises(UsageError, match="cannot be written"):
        issue(nowhere, installation)
    assert not order().key_file.exists()
    first = [e.detail["issue"] for e in installation.audit.events() if "issue" in e.detail]
    made = issue(order(), installation)  # goes on with what was done
    assert first == [made.terms.issue]


_ISSUE = """
import sys, time
from pathlib import Path
from tests.seal.local_helper import CHEAP
from tidebreak.installation import Tidebreak
from tidebreak.seal.local import issue as module
from tidebreak.seal.local.issue import Order, issue
module.AT_ONCE = 50
out, key = map(Path, sys.argv[2:4])
def slowly(done, total):
    print(done, flush=True)
    time.sleep(0.02)
with Tidebreak.open(sys.argv[1]) as installation:
    issue(Order("op", out, key, CHEAP), installation, slowly)
"""


def test_killed_in_the_middle_it_goes_on_where_it_stopped(
    installation, order, tmp_path, monkeypatch
):
    import_numbers(installation, range(1000))
    places = order("op").out, order("op").key_file
    arguments = [sys.executable, "-c", _ISSUE, *map(str, (installation.home, *places))]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < 300:
            pass
        process.send_signal(signal.SIGKILL)
    assert not any(path.exists() for path in places)
    seen: list[int] = []
    monkeypatch.setattr(module, "AT_ONCE", 50)
    made = issue(order("op"), installation, lambda done, _: seen.append(done))
    assert isinstance(made, Issued)
    assert seen[0] >= 300
    assert seen[-1] == 1000
    assert says(order("op"), *map(known, range(1001))) == [Known.CERTAIN] * 1000 + [Known.NO]
    assert not [*(installation.home / "seal" / "issues").iterdir()]


def test_what_was_issued_is_served(installation, order, tmp_path: Path):
    import_numbers(installation, range(20))
    issue(order(per_day=1 << 31), installation)
    with running(order().out, order().key_file, tmp_path / "s"):
        answers = LocalStore(tmp_path / "s").ask([[known(n)] for n in range(40)])
    assert [answer.known for answer in answers] == [n < 20 for n in range(40)]
