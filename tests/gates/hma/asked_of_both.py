"""What is asked of a real HMA and of the façade; run where HMA is installed, it records answers.

``OMM_CONFIG=… python asked_of_both.py FOLDER_WITH_PICTURES recorded.json`` needs nothing but HMA
(facebook/ThreatExchange, ``hasher-matcher-actioner``), with an empty PostgreSQL.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

ONE = "facd8bcb2a49bcebdec1985298d5fe84bcd006c187c598c720c3c087b3fdb318"
NINE = "facd8bcb2a49bcebdec1985228d5ae84bcd006c187c598c720c2b087b3fdb318"
LONG_AGO, MD5 = 1_000_000_000, "ab" * 16
BUILD = "BUILD"
"""HMA builds its index now and then; here nobody has to."""


def at(bits: int) -> str:
    return f"{int(ONE, 16) ^ ((1 << bits) - 1):064x}"


def by_hash(value: str, type: str = "pdq", more: str = "") -> str:
    return f"/m/lookup?signal={value}&signal_type={type}{more}"


def raw(value: str, type: str = "pdq", more: str = "") -> str:
    return f"/m/raw_lookup?signal={value}&signal_type={type}{more}"


def photo(name: str, field: str = "photo", **fields: str) -> dict[str, Any]:
    return {"file": [field, name], "fields": fields}


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/status", {}), ("GET", "/status/live", {}), ("GET", "/c/banks", {}),
    *(("POST", "/c/banks", {"json": body}) for body in (
        {"name": "A"}, {"name": "A"}, {"name": "B", "enabled_ratio": "0.5"},
        {"name": "C", "enabled": "true", "matching_enabled_ratio": 0.2}, {"name": "small"},
        {"name": "1A"}, {"name": "_1", "extra": 1}, {}, {"name": "X", "enabled_ratio": "much"},
        {"name": "OFF", "enabled": False},
    )),
    ("GET", "/c/bank/A", {}), ("GET", "/c/bank/NONE", {}),
    *(("PUT", f"/c/bank/{name}", {"json": body}) for name, body in (
        ("C", {"enabled": False}), ("C", {"enabled_ratio": 0.25, "enabled": True}),
        ("_1", {"name": "RENAMED"}), ("_1", {"name": "Y"}), ("C", {"name": "A"}),
        ("C", {"name": "bad name"}), ("C", {}), ("C", {"enabled_ratio": "x"}),
    )),
    ("GET", "/c/banks", {}), ("DELETE", "/c/bank/RENAMED", {}), ("DELETE", "/c/bank/RENAMED", {}),
    ("POST", "/c/bank/A/signal", {"json": {"pdq": ONE}}),
    ("POST", "/c/bank/B/signal", {"json": {"pdq": ONE, "note": "noted"}}),
    ("POST", "/c/bank/A/signal", {"json": {"pdq": NINE, "video_md5": MD5}}),
    *(("POST", "/c/bank/A/signal", {"json": body}) for body in (
        {}, {"pdq": "x"}, {"nothing": ONE}, {"note": "n"}, {"pdq": ONE, "note": 5},
    )),
    ("POST", "/c/bank/NONE/signal", {"json": {"pdq": ONE}}),
    ("POST", "/c/bank/A/content", photo("one")),
    ("POST", "/c/bank/A/content", photo(
        "one", metadata='{"content_id": "c", "json": {"a": [1]}}', note="n")),
    ("POST", "/c/bank/A/content", photo("one", metadata="{")),
    ("POST", "/c/bank/A/content", photo("black")), ("POST", "/c/bank/A/content", {}),
    ("POST", "/c/bank/A/content", photo("one", "file")),
    ("POST", "/c/bank/NONE/content", photo("one")),
    *(("GET", f"/c/bank/A/content/{number}", {}) for number in (1, 99)),
    ("GET", "/c/bank/B/content/2", {}), ("GET", "/c/bank/A/content/1?include_signals=true", {}),
    ("GET", "/c/bank/A/content/5?include_metadata=false", {}), ("GET", "/c/bank/A/content/5", {}),
    ("GET", "/c/bank/NONE/content/1", {}),
    ("POST", BUILD, {}),
    ("GET", by_hash(ONE, more="&seed=1"), {}), ("GET", by_hash(ONE, more="&seed=2"), {}),
    ("GET", by_hash(ONE, more="&seed=1&banks=B"), {}), ("GET", by_hash(ONE, more="&banks=NO"), {}),
    ("GET", by_hash(ONE, more="&bypass_coinflip=true"), {}),
    ("GET", by_hash(at(31), more="&seed=1"), {}),
    ("GET", by_hash(at(32), more="&seed=1"), {}), ("GET", by_hash(MD5, "video_md5"), {}),
    ("GET", by_hash("00" * 16, "video_md5"), {}), ("GET", by_hash(ONE.upper()), {}),
    ("GET", by_hash("x"), {}), ("GET", by_hash(ONE, "nothing"), {}), ("GET", "/m/lookup", {}),
    ("GET", "/m/lookup?signal_type=pdq", {}), ("GET", "/m/lookup?signal=&signal_type=pdq", {}),
    ("GET", f"/m/lookup?signal={ONE}", {}), ("GET", by_hash(ONE, more="&bypass_coinflip=x"), {}),
    ("GET", raw(ONE), {}), ("GET", raw(ONE, more="&include_distance=true"), {}),
    ("GET", raw(ONE, more="&include_distance=1&banks=A"), {}), ("GET", raw(at(32)), {}),
    ("GET", raw(MD5, "video_md5", "&include_distance=true"), {}),
    ("GET", "/m/raw_lookup?signal_type=pdq", {}), ("GET", f"/m/raw_lookup?signal={ONE}", {}),
    ("GET", raw(ONE, more="&include_distance=x"), {}), ("GET", raw("x"), {}),
    ("POST", "/m/lookup?bypass_coinflip=true", photo("one")),
    ("POST", "/m/lookup?bypass_coinflip=true", photo("other")),
    ("POST", "/m/lookup?types=pdq", photo("one")), ("POST", "/m/lookup?types=x", photo("one")),
    ("POST", "/m/lookup", {}), ("POST", "/m/lookup", photo("one", "text")),
    ("POST", "/m/lookup", photo("black")),
    *(("POST", "/m/compare", {"json": body}) for body in (
        {"pdq": [ONE, NINE]}, {"pdq": [ONE, at(32)]}, {"pdq": "x"}, {"pdq": []},
        {"pdq": ["x", "x"]}, {"pdq": [ONE] * 3}, ["x"], {"nothing": [ONE, ONE]},
    )),
    ("POST", "/h/hash", photo("one")), ("POST", "/h/hash", photo("other")),
    ("POST", "/h/hash", photo("black")), ("POST", "/h/hash?types=pdq", photo("one")),
    ("POST", "/h/hash?types=video_md5", photo("one")), ("POST", "/h/hash?types=,", photo("one")),
    ("POST", "/h/hash", {}), ("POST", "/h/hash", photo("one", "text")), ("GET", "/h/hash", {}),
    *(("PUT", "/c/bank/A/content/1", {"json": body}) for body in (
        {"disable_until_ts": 0}, {"disable_until_ts": -1}, {"disable_until_ts": 9_999_999_999},
        {"disable_until_ts": "x"}, {"note": "hello"}, {"note": "x" * 256}, {},
    )),
    ("GET", "/c/bank/A/content/1", {}), ("GET", by_hash(ONE, more="&banks=A"), {}),
    ("GET", raw(ONE), {}), ("GET", raw(ONE, more="&include_distance=true&banks=A"), {}),
    ("PUT", "/c/bank/A/content/1", {"json": {"disable_until_ts": LONG_AGO, "note": ""}}),
    ("GET", by_hash(ONE, more="&banks=A"), {}),
    ("PUT", "/c/bank/A/content/1", {"json": {"disable_until_ts": "1"}}),
    ("PUT", "/c/bank/A/content/99", {"json": {"disable_until_ts": 0}}),
    ("DELETE", "/c/bank/A/content/1", {}), ("DELETE", "/c/bank/A/content/1", {}),
    ("DELETE", "/c/bank/NONE/content/1", {}), ("GET", "/c/bank/A/content/1", {}),
    ("POST", BUILD, {}), ("GET", by_hash(ONE, more="&banks=A"), {}), ("GET", raw(ONE), {}),
    ("GET", "/c/signal_type", {}), ("GET", "/c/content_type", {}), ("GET", "/c/exchanges", {}),
    ("GET", "/c/exchanges/api/unknown", {}), ("GET", "/c/exchanges/api/unknown/schema", {}),
    ("GET", "/c/exchange/NONE", {}), ("GET", "/c/exchange/NONE/status", {}),
    ("DELETE", "/c/exchange/NONE", {}), ("PUT", "/c/exchange/NONE", {"json": {"enabled": True}}),
    ("POST", "/c/exchanges", {"json": {"bank": "E", "api": "unknown", "api_json": {}}}),
    ("POST", "/c/exchanges", {"json": {"bank": "E"}}),
    ("POST", "/ui/query_hash", {"fields": {"signal_type": "pdq", "signal_value": ONE}}),
    ("POST", "/ui/query", photo("one")),
    ("POST", "/ui/bank/A/content/find", {"json": {"signal_type": "pdq", "signal_value": ONE}}),
    ("POST", "/c/bank/A/signal", {"json": {"pdq": ONE.upper()}}),
    ("POST", "/c/bank/A/content", photo("one", metadata='{"other": 1}')),
    ("DELETE", "/c/bank/B/content/4", {}),
    ("DELETE", "/c/bank/A", {}), ("POST", BUILD, {}), ("GET", by_hash(ONE, more="&banks=A"), {}),
    ("GET", "/c/bank/A/content/3", {}), ("GET", "/nowhere", {}),
]  # fmt: skip


def record(pictures: Path, out: Path) -> None:
    from OpenMediaMatch.app import create_app  # type: ignore[import-not-found]
    from OpenMediaMatch.background_tasks.build_index import (  # type: ignore[import-not-found]
        build_all_indices,
    )
    from OpenMediaMatch.persistence import get_storage  # type: ignore[import-not-found]

    app = create_app()
    answers: list[dict[str, Any]] = []
    for method, path, more in ASKED:
        if path == BUILD:
            with app.app_context():
                store = get_storage()
                build_all_indices(store, store, store)
            answers.append({"status": 0, "body": None})
            continue
        sent: dict[str, Any] = {"json": more["json"]} if "json" in more else {}
        if "fields" in more:
            sent["data"] = dict(more["fields"])
        if "file" in more:
            field, name = more["file"]
            content = io.BytesIO((pictures / f"{name}.png").read_bytes())
            sent["data"][field] = (content, f"{name}.png", "image/png")
            sent["content_type"] = "multipart/form-data"
        answer = app.test_client().open(path, method=method, **sent)
        body = answer.get_json(silent=True)
        told = answer.get_data(as_text=True) if body is None else body
        answers.append({"status": answer.status_code, "body": told})
    out.write_text(json.dumps(answers, indent=0) + "\n")


if __name__ == "__main__":
    record(Path(sys.argv[1]), Path(sys.argv[2]))
