from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tidebreak.errors import Busy
from tidebreak.sightings.records import Custody, Network, Source
from tidebreak.sightings.texts import Texts
from tidebreak.signals import EXACT_TYPES, SIGNAL_TYPES

SHA1 = SIGNAL_TYPES["sha1"]
SOURCE = Source(
    0, "synthetic", "", 0, "synthetic", Custody("tester", "none needed"), rows=3, kept=3
)


def add(writer, first: int = 0) -> None:
    """Add three sightings by two clients at one address, of contents named by ``first``."""
    values = (np.arange(60, dtype=np.uint8) + np.uint8(first)).reshape(3, 20)
    addresses = np.zeros((3, 16), np.uint8)
    addresses[1:, 10:] = [255, 255, 192, 0, 2, 1]
    networks = np.full(3, Network.GNUTELLA, np.uint8)
    writer.add({
        "time": np.array([30, 10, 20], np.uint32),
        "network": networks,
        "grade": np.array([1, 2, 3], np.uint8),
        "event": np.ones(3, np.uint8),
        "content": writer.content_codes(SHA1, values, np.array([5, -1, 7])),
        "client": writer.client_codes(Texts.of([b"a", b"", b"bcd"]), networks),
        "address": writer.address_codes(addresses),
        "port": np.array([1, 2, 3], np.uint16),
    })  # fmt: skip


def test_a_source_counts_when_it_is_finished(opened, rows, sealer):
    with opened().writer() as writer:
        add(writer)
        assert opened().sources() == ()
        source = writer.finish(SOURCE)
    assert (source.number, source.first, source.last) == (1, 10, 30)
    store = opened()
    assert store.sources() == (source,)
    assert rows()["address"] == [1, 1, 0]
    assert rows()["client"] == [0, 2, 1]
    contents = store.contents()
    assert [EXACT_TYPES[place] for place in contents.types] == [SHA1] * 3
    assert contents.sizes.tolist() == [5, -1, 7]
    assert contents.seals[0].tobytes() == sealer.seal(SHA1, bytes(range(20)))


def test_what_was_seen_before_keeps_its_code(opened):
    for first in (0, 20):
        with opened().writer() as writer:
            add(writer, first)
            writer.finish(SOURCE)
    store = opened()
    assert [source.number for source in store.sources()] == [1, 2]
    assert len(store.contents()) == 4
    assert (len(store.client_names), len(store.address_names)) == (2, 1)
    (second,) = store.batches(["content", "client"], sources=[2])
    assert second["content"].tolist() == [3, 4, 2]


def test_the_same_id_on_two_networks_is_two_clients(opened):
    with opened().writer() as writer:
        codes = writer.client_codes(Texts.of([b"a"] * 3), np.array([1, 2, 1], np.uint8))
    assert codes.tolist() == [1, 2, 1]


def test_what_is_not_finished_leaves_nothing_behind(opened, tmp_path):
    with opened().writer() as writer:
        add(writer)
    left = {path.name for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert left == {"lock"}


def test_one_writes_at_a_time(opened):
    with opened().writer(), pytest.raises(Busy, match="under way"), opened().writer():
        pass


CHILD = """
import sys
from pathlib import Path
from tidebreak.hashing.seals import Sealer
from tidebreak.store.vault import Vault
from tidebreak.sightings.kept_logs.store import Sightings
sys.path.insert(0, sys.argv[2])
from test_writer import SOURCE, add
store = Sightings.open(Path(sys.argv[1]), Vault(bytes(32)), Sealer(bytes(range(32))))
for round in range(1, 1000):
    if round == 2:
        print("ready", flush=True)
    with store.writer() as writer:
        add(writer, round)
        writer.finish(SOURCE)
"""


@pytest.mark.parametrize("milliseconds", [1, 17, 60])
def test_a_kill_at_any_moment_leaves_whole_sources_and_the_next_goes_on(
    opened, tmp_path, milliseconds
):
    arguments = [sys.executable, "-c", CHILD, str(tmp_path / "home"), str(Path(__file__).parent)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(milliseconds / 1000)
        os.kill(child.pid, signal.SIGKILL)
    store = opened()
    whole = len(store.sources())
    assert sum(len(batch["time"]) for batch in store.batches(["time"])) == 3 * whole
    store.verify()
    with opened().writer() as writer:
        assert writer.number == whole + 1
        add(writer)
        writer.finish(SOURCE)
    assert len(opened().sources()) == whole + 1
