from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import TidebreakError
from tidebreak.gates.kept_magnets import KeptMagnets

FIELDS = {"urls": "magnet:?xt=urn:btih:" + "41" * 20, "tags": "a, b"}


def test_only_its_owner_may_read_what_is_kept(tmp_path: Path):
    folder = tmp_path / "home" / "gates"
    KeptMagnets(folder, "http://a").keep("41" * 20, FIELDS)
    [path] = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
    assert "4141" not in path.name


STEP = st.tuples(
    st.sampled_from(["keep", "forget"]), st.sampled_from("ab"), st.sampled_from(["1", "2", "3"])
)


@settings(deadline=None)
@given(st.lists(STEP, max_size=12))
def test_it_is_a_map_for_each_client_that_outlives_its_process(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("kept") / "gates"
    model: dict[str, dict[str, dict[str, str]]] = {"a": {}, "b": {}}
    for number, (what, client, id) in enumerate(steps):
        kept = KeptMagnets(folder, client)
        if what == "keep":
            kept.keep(id, {"urls": f"{number}"})
            model[client][id] = {"urls": f"{number}"}
        else:
            kept.forget(id)
            model[client].pop(id, None)
        for each in "ab":
            assert KeptMagnets(folder, each).all() == model[each]


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"client": 1', b"\xff", b"null"])
def test_what_is_damaged_is_an_error_and_not_lost_in_silence(content: bytes, tmp_path: Path):
    (tmp_path / "x.magnet").write_bytes(content)
    with pytest.raises(TidebreakError, match="damaged"):
        KeptMagnets(tmp_path, "a").all()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path):
    (tmp_path / "gates").write_text("a file")
    kept = KeptMagnets(tmp_path / "gates", "a")
    with pytest.raises(TidebreakError, match="cannot be written"):
        kept.keep("1", FIELDS)
    with pytest.raises(TidebreakError, match="cannot be changed"):
        kept.forget("1")
