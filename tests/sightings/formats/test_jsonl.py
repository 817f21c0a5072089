from __future__ import annotations

import json

MAPPING = """
time = "t"
time_format = "epoch-ms"
address = "peer.ip"
port = "peer.port"
content = { column = "file.hash", type_column = "file.kind" }
"""


def test_names_reach_into_objects(imported, rows, opened):
    item = {"t": 1767225600999, "peer": {"ip": "2001:db8::1", "port": 80},
            "file": {"hash": "ab" * 16, "kind": "ed2k"}}  # fmt: skip
    flat = {"t": "1767225600000", "peer.ip": "192.0.2.1", "file.hash": "cd" * 20,
            "file.kind": "SHA-1", "peer": None}  # fmt: skip
    log = "\ufeff" + json.dumps(item) + "\n" + json.dumps(flat) + "\n"
    assert imported(log, "jsonl", MAPPING).kept == 2
    assert rows()["time"] == [1767225600] * 2
    assert opened().addresses([1, 2]) == ["2001:db8::1", "192.0.2.1"]
    assert sorted(rows()["port"]) == [0, 80]


def test_lines_that_say_nothing_are_counted(imported):
    good = json.dumps({"t": 1767225600000, "file": {"hash": "ab" * 16, "kind": "md5"}})
    log = f'{good}\n\n{{"t": 1\n[1]\n{{"t": true, "file": []}}\n' + "[" * 100_000 + "\n"
    source = imported(log, "jsonl", MAPPING)
    assert (source.rows, source.kept) == (6, 1)
    assert source.rejects == {
        "a line that is not JSON": 3, "a line that is not a JSON object": 1, "no time": 1,
    }  # fmt: skip


def test_a_line_that_is_too_long_is_one_row(imported):
    good = {"t": 1767225600000, "file": {"hash": "ab" * 16, "kind": "md5"}}
    bare = len(json.dumps(good | {"x": ""}))
    lines = [json.dumps(good | {"x": "y" * (size - bare)}) for size in (1 << 20, (1 << 20) + 1)]
    source = imported(
        "\n".join([*lines, lines[1] * 3, json.dumps(good), lines[1]]), "jsonl", MAPPING
    )
    assert (source.rows, source.kept) == (5, 2)
    assert source.rejects == {"longer than 1 MiB": 3}
