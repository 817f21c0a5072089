from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.links.stores.programs import DATA, SIZES, content
from tests.sightings import practice

from tidebreak.errors import CannotRead, TidebreakError, UsageError
from tidebreak.hashing.digests import digest_many
from tidebreak.installation import Tidebreak
from tidebreak.links import stores
from tidebreak.model import ListKind
from tidebreak.sightings.formats import client_store
from tidebreak.sightings.intake.importing import Order, import_log
from tidebreak.sightings.intake.mapping import read_mapping
from tidebreak.sightings.ranking.rank import Options
from tidebreak.sightings.records import Event, Grade, Hypothesis, Network, Range
from tidebreak.signals import signal_type

KNOWN = (DATA / "known.met").read_bytes()
WRITTEN = 1_700_000_000
"""When the synthetic files that `KNOWN` names were last changed."""

EARLIER = -100_000_000
"""Added to stores whose times are those of the day on which they were made for these tests."""

MAPPING = """
time = "{time}"
client = "{client}"
content = {{ column = "content", type_column = "type" }}
size = "size"
event = "event"
network = "network"
grade = "grade"
"""


def mapping(time: str = "time", client: str = "client") -> str:
    return MAPPING.format(time=time, client=client)


def bencoded(value: object) -> bytes:
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    assert isinstance(value, dict)
    inside = b"".join(bencoded(key) + bencoded(value[key]) for key in sorted(value))
    return b"d" + inside + b"e"


def resume(**more: object) -> bytes:
    """Resume data of libtorrent with 16 pieces."""
    told = {b"file-format": b"libtorrent resume file", b"file-version": 1, b"info-hash": b"7" * 20,
            b"added_time": WRITTEN}  # fmt: skip
    return bencoded(told | {name.encode(): value for name, value in more.items()})


def test_every_kind_of_store_has_its_network():
    assert {item.content for item in stores.FORMATS} == client_store.NETWORKS.keys()


def test_what_a_machine_remembers_is_what_it_offered(imported, rows, opened):
    source = imported(KNOWN, "client-store")
    assert (source.rows, source.kept, source.rejects) == (3, 3, {})
    assert source.noted == {"a second sighting by the same row": 4}
    found = rows()
    assert len(opened().contents()) == 7  # ed2k and AICH of each; the SHA-1 of the smallest
    assert set(found["time"]) == {WRITTEN}
    assert set(found["event"]) == {Event.OFFERED}
    assert set(found["network"]) == {Network.EDONKEY}
    assert set(found["grade"]) == {Grade.B}
    assert (set(found["address"]), set(found["client"])) == ({0}, {1})
    own = f"the machine whose store has SHA-256 {hashlib.sha256(KNOWN).hexdigest()}"
    assert opened().clients([1]) == [own]
    small, middle, large = SIZES.values()
    told = sorted(opened().contents().sizes.tolist())
    assert told == [small, small, small, middle, middle, large, large]


def test_a_packed_store_is_the_same_machine(imported, opened):
    imported(KNOWN, "client-store")
    imported(gzip.compress(KNOWN), "client-store")
    assert len(opened().client_names) == 1


def test_no_store_can_prove_that_data_was_received(imported):
    with pytest.raises(UsageError, match="proves grade B at best"):
        imported(KNOWN, "client-store", grade=Grade.A)


@pytest.mark.parametrize(("more", "event", "time"), [
    ({"pieces": b"\1" * 16, "last_upload": WRITTEN + 9}, Event.OFFERED, WRITTEN + 9),
    ({"pieces": b"\1" * 16, "completed_time": WRITTEN + 5}, Event.OFFERED, WRITTEN + 5),
    ({"pieces": b"\1\0" * 8}, Event.REQUESTED, WRITTEN),
    ({"pieces": b"\1\0" * 8, "total_uploaded": 1}, Event.OFFERED, WRITTEN),
    ({"pieces": b"\0" * 16}, Event.REQUESTED, WRITTEN),
    ({}, Event.ANNOUNCED, WRITTEN),
])  # fmt: skip
def test_how_much_was_there_says_what_was_done(imported, rows, more, event, time):
    imported(resume(**more), "client-store")
    found = rows()
    assert (found["event"], found["time"]) == ([event], [time])
    assert found["network"] == [Network.BITTORRENT]


def test_a_download_that_has_nothing_yet_is_a_request(imported, rows):
    imported((DATA / "001.part.met").read_bytes(), "client-store", clock_offset=EARLIER)
    assert rows()["event"] == [Event.REQUESTED]


def test_what_libtorrent_and_gtk_gnutella_write(imported, rows):
    (fastresume,) = DATA.glob("*.fastresume")
    imported(fastresume.read_bytes(), "client-store", clock_offset=EARLIER)
    sha1 = hashlib.sha1(b"synthetic").digest()
    text = "# gtk-gnutella SHA1 cache file.\n\nurn:sha1:{}\t9\t{}\t/s/a\n"
    imported(text.format(sha1.hex(), WRITTEN), "client-store")
    found = rows()
    assert set(found["network"]) == {Network.BITTORRENT, Network.GNUTELLA}
    assert set(found["event"]) == {Event.OFFERED}


def test_libtorrent_agrees_on_what_was_offered(imported, rows, opened, sealer, tmp_path):
    lt = pytest.importorskip("libtorrent")
    (tmp_path / "a.bin").write_bytes(content("small note.txt"))
    made = lt.create_torrent(lt.list_files(str(tmp_path / "a.bin")), 1 << 14)
    lt.set_piece_hashes(made, str(tmp_path))
    added = lt.add_torrent_params()
    added.ti = lt.torrent_info(lt.bdecode(lt.bencode(made.generate())))
    added.have_pieces, added.added_time, added.total_uploaded = [True], WRITTEN, 1000
    data = lt.write_resume_data_buf(added)
    source = imported(data, "client-store")
    assert (source.kept, source.rejects) == (1, {})
    assert set(rows()["event"]) == {Event.OFFERED}
    v1, v2 = added.ti.info_hashes().v1.to_bytes(), added.ti.info_hashes().v2.to_bytes()
    seals = {seal.tobytes() for seal in opened().contents().seals}
    for kind, value in (("btih", v1), ("btih", v2[:20]), ("btmh", v2)):
        assert sealer.seal(signal_type(kind), value) in seals


def test_nothing_is_dated_by_guess(imported, rows, log, opened):
    undated = (DATA / "known2_64.met").read_bytes()
    with pytest.raises(UsageError, match=r"no sighting among 3 rows \(3 × no time\)"):
        imported(undated, "client-store")
    assert opened().sources() == ()
    when = mapping(time="2026-01-01T01:00:00+01:00")
    assert imported(undated, "client-store-mapped", when).kept == 3
    assert set(rows()["time"]) == {1_767_225_600}


def test_a_time_that_the_store_gives_comes_before_the_examiner_s(imported, rows):
    imported(KNOWN, "client-store-mapped", mapping(time="2026-01-01T00:00:00Z"))
    assert set(rows()["time"]) == {WRITTEN}


def test_a_time_beyond_all_calendars_is_no_time(imported):
    with pytest.raises(UsageError, match="1 × a time that is not understood"):
        imported(resume(added_time=1 << 60), "client-store")


def test_the_account_is_that_of_the_machine_on_the_network(imported, opened, anywhere, tmp_path):
    """A server's log that has the same user hash is of the same client."""
    preferences = DATA / "preferences.dat"
    account = preferences.read_bytes()[1:17]
    account = account[:5] + b"\x0e" + account[6:14] + b"\x6f" + account[15:]
    imported(KNOWN, "client-store-mapped", mapping(client=str(preferences)))
    assert opened().clients([1]) == [account.hex()]
    server = 'time = "t"\nclient = "u"\nclient_form = "hex"\n'
    server += 'content = { column = "c", type = "ed2k" }'
    line = f"t,u,c\n2026-01-01T00:00:00Z,{account.hex()},{'ab' * 16}\n"
    imported(line, "csv", server, network=Network.EDONKEY)
    assert len(opened().client_names) == 1
    assert anywhere(account) == []
    assert anywhere(account.hex().encode()) == []


def test_stores_of_one_machine_are_one_actor_by_its_name(imported, opened):
    part = (DATA / "001.part.met").read_bytes()
    named = mapping(client="exhibit 7")
    imported(KNOWN, "client-store-mapped", named)
    imported(part, "client-store-mapped", named, clock_offset=EARLIER)
    assert len(opened().client_names) == 1
    assert opened().clients([1]) == ["the machine called exhibit 7"]


USER = "0123456789abcdef" * 2


@pytest.mark.parametrize(("text", "reason"), [
    (mapping(client=USER), "mappings are kept in clear"),
    (mapping(client="event"), "a name for the machine"),
    (mapping(time="last week"), "when the store was found"),
    (mapping().replace('event = "event"', ""), "only 'time' and 'client'"),
    (mapping() + '[events]\nrequested = "offered"\n', "only 'time' and 'client'"),
    (mapping() + '[constant]\nnetwork = "web"\n', "only 'time' and 'client'"),
])  # fmt: skip
def test_a_mapping_that_says_too_much_is_refused(imported, opened, anywhere, text, reason):
    with pytest.raises(UsageError, match=reason) as caught:
        imported(KNOWN, "client-store-mapped", text)
    assert USER not in str(caught.value)
    assert opened().sources() == ()
    assert anywhere(USER.encode()) == []


def test_an_account_that_cannot_be_read_is_not_passed_over(imported, tmp_path):
    with pytest.raises(CannotRead):
        imported(KNOWN, "client-store-mapped", mapping(client=str(tmp_path / "preferences.dat")))
    (tmp_path / "preferences.dat").write_bytes(b"\x14 too short")
    with pytest.raises(UsageError, match=r"no preferences\.dat"):
        imported(KNOWN, "client-store-mapped", mapping(client=str(tmp_path / "preferences.dat")))


def test_preferences_alone_say_where_they_belong(imported):
    data = bytearray((DATA / "preferences.dat").read_bytes())
    data[6], data[15] = 14, 111  # as aMule leaves them once it has saved the file twice
    with pytest.raises(UsageError, match="names no content; name it as 'client'"):
        imported(bytes(data), "client-store")


def test_a_torrent_is_nobody_s_word(imported, rows):
    """Whoever made a .torrent says nothing of the machine that it lies on."""
    torrent = (DATA / "shared.torrent").read_bytes()
    with pytest.raises(UsageError, match="no time"):
        imported(torrent, "client-store")
    imported(torrent, "client-store-mapped", mapping(time="2026-01-01T00:00:00Z"))
    assert set(rows()["grade"]) == {Grade.C}
    assert set(rows()["event"]) == {Event.OTHER}


def test_transmission_s_infohash_is_in_the_name_of_the_file(opened, audit, rows, anywhere):
    (path,) = DATA.glob("*.resume")
    order = Order(path, "client-store", practice.CUSTODY, clock_offset=EARLIER)
    source = import_log(opened(), order, audit, "tester")
    assert (source.kept, source.name) == (1, "….resume")
    assert rows()["network"] == [Network.BITTORRENT]
    assert anywhere(path.stem.encode()) == []
    mapped = client_store.FORMAT.mapping
    assert mapped is not None
    with path.open("rb") as file:
        (table,) = client_store.read(file, mapped)
    assert table.columns["content"].to_list() == [path.stem.encode()]
    (table,) = client_store.read(io.BytesIO(path.read_bytes()), mapped)
    assert table.rejects == {"an item that names no content by a hash": 1}


def test_an_empty_file_names_nothing(imported):
    empty = "# gtk-gnutella SHA1 cache file.\n\nurn:sha1:{}\t0\t{}\t/s/a\n"
    with pytest.raises(UsageError, match="1 × an item that names no content by a hash"):
        imported(empty.format(hashlib.sha1().hexdigest(), WRITTEN), "client-store")


def test_a_store_that_breaks_off_says_so(imported):
    source = imported(KNOWN[:-40], "client-store")
    assert source.kept >= 2
    ((reason, count),) = source.rejects.items()
    assert reason.startswith("the rest of a store: damaged after")
    assert count == 1
    with pytest.raises(UsageError, match="--strict"):
        imported(KNOWN[:-40], "client-store", strict=True, again=True)


def test_what_is_no_store_is_refused(imported):
    with pytest.raises(UsageError, match="no client store"):
        imported("time,ip\n1,2\n", "client-store")


@settings(deadline=None, max_examples=30,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(at=st.integers(0, len(KNOWN) - 1), byte=st.integers(0, 255), end=st.integers(1, len(KNOWN)))
def test_whatever_is_damaged_every_item_is_counted(at, byte, end):
    data = bytearray(KNOWN)
    data[at] = byte
    data = bytes(data[:end])
    mapped = client_store.FORMAT.mapping
    assert mapped is not None
    try:
        store = stores.read(data)
        tables = list(client_store.read(io.BytesIO(data), mapped))
    except TidebreakError:
        return
    assert sum(table.rows for table in tables) == len(store.items) + bool(store.reason)


def test_a_machine_whose_store_names_known_content_is_ranked(installation: Tidebreak, tmp_path):
    """By what its bytes hash to: the AICH of one synthetic file, which is weak, is on a list."""
    ((signals, _),) = digest_many([content("two blocks.bin")])
    told = {signal.type.name: signal.text for signal in signals}
    (tmp_path / "list.csv").write_text(f"id,aich\n1,{told['aich']}\n")
    installation.import_list(
        tmp_path / "list.csv", name="Known", kind=ListKind.CONTRABAND, owner="Unit", scheme="demo"
    )
    desk = installation.sightings
    desk.import_log(Order(DATA / "known.met", "client-store", practice.CUSTODY))
    made = desk.rank(Options())
    (actor,) = made.actors[Hypothesis.CLIENT]
    assert (actor.contents, actor.first, actor.last) == (Range(0, 1), WRITTEN, WRITTEN)
    assert actor.grades[Grade.B] > 0
    assert actor.networks == (Network.EDONKEY,)
    assert made.actors[Hypothesis.ENDPOINT] == ()
    assert "machine whose store" in dict(desk.show(actor.key).identity)["Client id"]
    (actor,) = desk.rank(Options(weak=True)).actors[Hypothesis.CLIENT]
    assert actor.contents == Range(1, 1)


def test_the_mapping_of_the_documentation_is_taken(tmp_path: Path):
    page = Path(__file__).parents[3] / "docs" / "sightings-import.md"
    section = page.read_text().partition("## Client stores")[2]
    text = section.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "machine.toml").write_text(text)
    found, _ = read_mapping(tmp_path / "machine.toml")
    with pytest.raises(CannotRead, match=r"preferences\.dat cannot be read"):
        list(client_store.read(io.BytesIO(KNOWN), found))
