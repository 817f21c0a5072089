from __future__ import annotations

from tidebreak.sightings.intake import tabulate as module
from tidebreak.sightings.intake.tabulate import Record, Refused, tabulate


def test_records_become_columns_and_every_row_is_counted(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 3)
    items = [
        Record({"a": b"1"}), Record({"a": b"2", "b": b"x"}, further=True), Refused("no"),
        Refused("no"), Refused("never"),
    ]  # fmt: skip
    first, second = tabulate(items, ["a", "b"])
    assert first.columns["a"].to_list() == [b"1", b"2"]
    assert first.columns["b"].to_list() == [b"", b"x"]
    assert first.further is not None
    assert first.further.tolist() == [False, True]
    assert (first.rows, first.rejects) == (2, {"no": 1})
    assert (second.rows, second.rejects, second.further) == (2, {"no": 1, "never": 1}, None)
    assert len(second.columns["a"]) == 0
    assert list(tabulate([], ["a"])) == []
