from __future__ import annotations

from tidebreak import links
from tidebreak.check.states import NOTHING_NAMED, ONLY_INFOHASH, conclude, unsaid, untold
from tidebreak.links.reference import Kind, Reference
from tidebreak.links.torrent_parts import EMPTY
from tidebreak.model import Signal, State

SHA1 = Signal.parse("sha1", "0" * 40)
BTIH = Signal.parse("btih", "0" * 40)
NONE, FOUND = False, True


def test_what_no_list_holds_cannot_be_recognised():
    assert untold((SHA1,), frozenset({"sha1"})) == ""
    assert "sha1" in untold((SHA1,), frozenset({"md5"}))
    assert untold((), frozenset({"md5"})) == NOTHING_NAMED


def test_an_infohash_alone_is_not_clear():
    reference = Reference(Kind.MAGNET, (BTIH,))
    state = conclude(reference, (), NONE, frozenset({"btih"}))
    assert state == (State.NOT_FULLY_EXAMINED, ONLY_INFOHASH)
    assert conclude(reference, (), FOUND, frozenset({"btih"}))[0] is State.MATCHED


def test_files_that_can_all_be_told_are_clear():
    files = ("",)
    reference = Reference(Kind.TORRENT, (BTIH,))
    assert conclude(reference, files, NONE, frozenset({"sha1"})) == (State.CLEAR, "")


def test_one_that_cannot_be_told_is_said():
    files = ("", "too short")
    reference = Reference(Kind.TORRENT, (BTIH,))
    state, reason = conclude(reference, files, NONE, frozenset({"sha1"}))
    assert (state, reason) == (State.NOT_FULLY_EXAMINED, "1 of 2 files cannot be told")
    state, reason = conclude(reference, files, FOUND, frozenset({"sha1"}))
    assert (state, reason) == (State.MATCHED, "1 of 2 files cannot be told")
    state, reason = conclude(reference, files[1:], NONE, frozenset({"sha1"}))
    assert reason == "too short"
    state, reason = conclude(reference, files[1:] * 3, NONE, frozenset({"sha1"}))
    assert reason == "none of 3 files can be told"


def test_a_link_that_puts_a_file_beside_a_torrent_is_not_clear():
    """A harmless digest beside an infohash proves nothing of the torrent."""
    files = ("",)
    reference = Reference(Kind.MAGNET, (BTIH,))
    state = conclude(reference, files, NONE, frozenset({"sha1"}))
    assert state == (State.NOT_FULLY_EXAMINED, ONLY_INFOHASH)


def test_empty_files_beside_others_leave_nothing_untold():
    reference = Reference(Kind.TORRENT, (BTIH,))
    files = ("", EMPTY)
    assert conclude(reference, files, NONE, frozenset({"sha1"})) == (State.CLEAR, "")
    assert conclude(reference, (EMPTY,), NONE, frozenset({"sha1"}))[0] is State.NOT_FULLY_EXAMINED


def test_what_was_not_read_to_its_end_is_not_clear():
    reference = Reference(Kind.TORRENT, reason="cut off")
    files = ("",)
    assert conclude(reference, files, NONE, frozenset({"sha1"}))[1] == "cut off"


def test_what_names_only_torrents_says_so():
    assert untold((BTIH,), frozenset({"btih"})) == ONLY_INFOHASH


def test_what_only_an_author_puts_beside_a_digest_is_left_open():
    link = links.read(f"magnet:?xt=urn:sha1:{'0' * 40}&xt=urn:tree:tiger:{'A' * 39}")
    assert "tth" in unsaid(link, frozenset({"sha1"}))
    assert unsaid(link, frozenset({"sha1", "tth"})) == ""
    # A small file's AICH is its SHA-1: nobody has to say so.
    assert unsaid(links.read(f"urn:sha1:{'0' * 40}"), frozenset({"sha1"})) == ""


def test_a_bare_value_says_as_what_it_was_not_looked_up():
    found = unsaid(links.read("0" * 32), frozenset({"md5"}))
    assert "ed2k" in found
    assert "md5" not in found
    assert unsaid(links.read("0" * 32), frozenset({"md5", "ed2k"})) == ""
    assert "btih" in unsaid(links.read("0" * 40), frozenset({"sha1", "btih", "aich", "kzhash"}))
