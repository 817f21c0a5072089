from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.audit.log import AuditLog
from tidebreak.gates.events import Event, EventKind, event, redacted
from tidebreak.gates.gate import Gate
from tidebreak.gates.policy import Action


def test_an_event_is_one_line_without_what_is_empty():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    line = Event(EventKind.HIT, moment, "why\nso", "n\u00e4me", Action.HOLD, "7").as_json()
    assert "\n" not in line
    assert json.loads(line) == {
        "event": "hit",
        "time": "2026-01-02T03:04:05.000+00:00",
        "why": "why\nso",
        "place": "n\u00e4me",
        "action": "hold",
        "list_version": "7",
    }
    assert set(json.loads(event(EventKind.STOP).as_json())) == {"event", "time"}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditLog]:
    opened = AuditLog(tmp_path_factory.mktemp("log") / "audit.db")
    yield opened
    opened.close()


LOCATORS = st.one_of(
    st.binary(min_size=16, max_size=40).map(bytes.hex),
    st.binary(min_size=16, max_size=40).map(lambda value: value.hex().upper()),
    st.sampled_from([20, 24]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
    .map(lambda value: base64.b32encode(value).decode().rstrip("=")),
    st.text("123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=44, max_size=44).map("Qm".__add__),
    st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=57, max_size=57).map("ba".__add__),
)  # fmt: skip


@settings(deadline=None)
@given(st.text(max_size=9), LOCATORS, st.text(max_size=9))
def test_no_event_has_a_locator_and_the_log_takes_each(
    log: AuditLog, before: str, locator: str, after: str
):
    told = event(EventKind.HIT, f"{before}{locator}{after}", f"{before}{locator}{after}")
    assert locator not in told.why + told.place
    log.append("gate.hit", "uid 1", told.place, {"why": told.why})


@pytest.mark.parametrize("text", ["upload 5", "/srv/uploads/2026-01/holiday.torrent", "1,000 of 5"])
def test_what_is_no_identifier_stays(text: str):
    assert redacted(text) == text


def test_a_torrent_that_is_called_by_its_infohash_is_told_of_without_it(
    tmp_path: Path, oracle: Oracle, told: list[Event]
):
    data = make_torrent(tmp_path, "known.bin", [40_000])
    infohash = links.read_file(data).signals[0]
    oracle.learn(infohash)
    Gate(oracle, on_event=told.append).judge_metainfo(data, f"/in/{infohash.value.hex()}.torrent")
    assert [each.place for each in told] == ["/in/\u2026.torrent"]
