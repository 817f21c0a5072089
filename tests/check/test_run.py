from __future__ import annotations

import hashlib

import pytest

from tidebreak.check.run import ASK_A_HOLDER, HELD, NOT_HELD
from tidebreak.check.states import ONLY_INFOHASH
from tidebreak.model import Level, ListKind, State


@pytest.fixture
def check(installation, tmp_path):
    """Check torrents (bytes) and links (text), and return the results."""

    def run(*given, **options):
        arguments = []
        for number, each in enumerate(given):
            if isinstance(each, bytes):
                path = tmp_path / f"{number}.torrent"
                path.write_bytes(each)
                each = str(path)
            arguments.append(each)
        return list(installation.check(arguments, **options))

    return run


def test_a_version_2_torrent_is_told_file_by_file(check, know, torrent):
    know("b.bin")
    (found,) = check(torrent("v2"))
    assert found.state is State.MATCHED
    assert found.verdict.level is Level.EXACT
    levels = {file.path: file.verdict.level for file in found.files}
    assert levels == {"a.bin": Level.NONE, "b.bin": Level.EXACT, "c.bin": Level.NONE}


def test_files_are_told_by_their_roots(check, installation, know, torrent, files, tmp_path):
    root = next(
        examined.signal("btv2").text for _, examined in installation.hash([files / "a.bin"])
    )
    (tmp_path / "roots.csv").write_text(f"id,btv2\na,{root}\n")
    installation.import_list(tmp_path / "roots.csv", name="roots", kind=ListKind.CONTRABAND)
    for version in ("v2", "hybrid"):
        (found,) = check(torrent(version))
        assert [file.path for file in found.files if file.verdict.level.found] == ["a.bin"]


def test_a_pack_of_version_1_is_never_called_clear(check, know, torrent):
    know("a.bin")
    (found,) = check(torrent("v1"))
    assert found.state is State.NOT_FULLY_EXAMINED
    assert found.reason
    by_name = {file.path: file for file in found.files}
    assert by_name["a.bin"].reason == ASK_A_HOLDER
    assert by_name["a.bin"].alignment is not None
    assert "shorter" in by_name["b.bin"].reason


def test_whoever_holds_the_bytes_can_tell(check, know, torrent, files):
    know("a.bin")
    (found,) = check(torrent("v1"), held=[files])
    assert found.state is State.MATCHED
    # One piece is not the whole file: a person decides.
    assert found.verdict.level is Level.EXACT_WEAK
    assert {f.path for f in found.files if f.verdict.level.found} == {"a.bin"}


def test_files_held_here_are_not_all_there_are(check, know, torrent, tmp_path):
    know("a.bin")
    (tmp_path / "empty").mkdir()
    (unknown,) = check(torrent("v1"), held=[tmp_path / "empty"])
    reasons = {file.path: file.reason for file in unknown.files}
    assert unknown.state is State.NOT_FULLY_EXAMINED
    assert reasons["c.bin"] == NOT_HELD


def test_a_file_held_here_that_is_on_no_list_is_said_to_be_so(check, know, torrent, files):
    know("c.bin")
    (found,) = check(torrent("v1"), held=[files])
    reasons = {file.path: file.reason for file in found.files}
    assert reasons["a.bin"] == HELD
    assert reasons["c.bin"] == ""
    assert found.state is State.MATCHED


def test_lists_of_benign_things_clear_nothing(check, installation, know, tmp_path):
    """No list of what is sought has MD5: an MD5 cannot be called clear for being on no other."""
    know("a.bin", by=("sha256",))
    (tmp_path / "allow.csv").write_text(f"id,md5\na,{'1' * 32}\n")
    installation.import_list(tmp_path / "allow.csv", name="good", kind=ListKind.ALLOW)
    (found,) = check("urn:md5:" + "2" * 32)
    assert found.state is State.NOT_FULLY_EXAMINED
    assert "no list here holds" in found.reason


def test_a_torrent_with_something_known_is_known_by_its_infohash(check, know, torrent):
    know("b.bin")
    data = torrent("hybrid")
    before, found, after = (
        check(*given) for given in ((magnet(data),), (data,), (magnet(data), magnet(data, v2=True)))
    )
    assert before[0].state is State.NOT_FULLY_EXAMINED
    assert before[0].reason == ONLY_INFOHASH
    assert found[0].state is State.MATCHED
    assert [each.verdict.level for each in after] == [Level.EXACT, Level.EXACT]
    assert "derived" in after[0].verdict.matches[0].reason


def test_a_link_derives_nothing(check, installation, know, files):
    know("b.bin", by=("sha1",))
    # Only its author says that its identifiers belong together.
    sha1 = hashlib.sha1((files / "b.bin").read_bytes()).hexdigest()
    (found,) = check(f"magnet:?xt=urn:sha1:{sha1}&xt=urn:btih:{'1' * 40}")
    assert found.state is State.MATCHED
    assert installation.catalogue.derived("list") == []
    assert check(f"urn:btih:{'1' * 40}")[0].verdict.level is Level.NONE


def test_revoking_the_parent_revokes_what_was_derived(check, installation, know, torrent):
    know("b.bin")
    data = torrent("v2")
    check(data)
    assert check(magnet(data, v2=True))[0].state is State.MATCHED
    installation.catalogue.withdraw("list", "b.bin", "was wrong")
    assert check(magnet(data, v2=True))[0].state is State.NOT_FULLY_EXAMINED


def test_a_second_check_derives_nothing_more(check, installation, know, torrent):
    know("b.bin")
    data = torrent("hybrid")
    check(data)
    count = len(installation.catalogue.derived("list"))
    check(data)
    assert len(installation.catalogue.derived("list")) == count == 1


def test_nothing_is_derived_when_it_is_not_wanted(check, installation, know, torrent):
    know("b.bin")
    check(torrent("v2"), derive=False)
    assert installation.catalogue.derived("list") == []


def test_links_of_every_kind_and_lines_that_are_none(check, know, files):
    know("a.bin", by=("sha1",))
    sha1 = hashlib.sha1((files / "a.bin").read_bytes()).hexdigest()
    results = check(f"magnet:?xt=urn:sha1:{sha1}&dn=x&tr=http%3A%2F%2Ftracker.invalid", "nonsense",
                    f"sha1:{'0' * 40}", f"ed2k://|file|n|5|{'0' * 32}|/")  # fmt: skip
    assert [each.state for each in results] == [
        State.MATCHED, State.NOT_FULLY_EXAMINED, State.CLEAR, State.NOT_FULLY_EXAMINED
    ]  # fmt: skip
    assert "tracker" not in results[0].input
    assert results[0].sources == ()
    assert "no list here holds identifiers of the type ed2k" in results[3].reason


def test_a_case_keeps_trackers(check, know):
    know("a.bin")
    link = f"magnet:?xt=urn:btih:{'2' * 40}&tr=http%3A%2F%2Ftracker.invalid"
    assert check(link)[0].sources == ()
    assert any("tracker.invalid" in s for s in check(link, case="2026-17")[0].sources)


def test_what_only_the_author_claims_never_decides(check, installation, know, files):
    import libtorrent as lt

    know("a.bin", by=("sha1",))
    sha1 = hashlib.sha1((files / "a.bin").read_bytes()).digest()
    info = {b"files": [{b"length": 300_000, b"path": [b"x.bin"], b"sha1": sha1},
                       {b"length": 10, b"path": [b"y.bin"]}],
            b"name": b"n", b"piece length": 16384, b"pieces": b"\1" * 20 * 19}  # fmt: skip
    (found,) = check(lt.bencode({b"info": info}))
    assert found.verdict.level is Level.EXACT_WEAK
    assert "author" in found.verdict.matches[0].reason
    assert installation.catalogue.derived("list") == []


def test_what_is_only_counted_is_counted_alike(check, installation, know, torrent, tmp_path):
    know("b.bin")
    (tmp_path / "x.torrent").write_bytes(torrent("v2"))
    (tmp_path / "y.torrent").write_bytes(torrent("v1"))
    given = [str(tmp_path / "x.torrent"), str(tmp_path / "y.torrent"), f"urn:btih:{'1' * 40}",
             f"urn:sha1:{'1' * 40}", f"ed2k://|file|n|5|{'1' * 32}|/", "urn:sha1:x"]  # fmt: skip
    whole = installation.check(given, derive=False)
    everything = list(whole)
    counted = installation.check(given, derive=False, found_only=True)
    assert list(counted) == [each for each in everything if each.state is State.MATCHED]
    assert counted.tally == whole.tally
    assert len(everything) == counted.tally.states.total()


def magnet(torrent, *, v2=False):
    import libtorrent as lt

    hashes = lt.torrent_info(lt.bdecode(torrent)).info_hashes()
    if v2:
        return f"magnet:?xt=urn:btmh:1220{hashes.v2}"
    return f"magnet:?xt=urn:btih:{hashes.v1}"
