"""The same requests as a real HMA was asked, and its answers (`tests.gates.hma.asked_of_both`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from tests.gates.hma.asked_of_both import ASKED, BUILD, ONE, by_hash
from tests.gates.hma.conftest import Site

DATA = Path(__file__).parents[2] / "data" / "hma"

OTHERWISE: dict[tuple[str, str, str], tuple[int, Any]] = {
    # What is answered on purpose where HMA answers otherwise: docs/hma.md says why.
    ("POST", "/c/banks", '{"name": "OFF", "enabled": false}'): (
        201, {"name": "OFF", "matching_enabled_ratio": 0.0},
    ),
    ("GET", by_hash(ONE.upper()), ""): (200, None),
    ("GET", by_hash(ONE, more="&bypass_coinflip=true"), ""): (200, None),
    ("GET", "/m/lookup?signal_type=pdq", ""): (200, {}),
    ("GET", "/m/lookup?signal=&signal_type=pdq", ""): (200, {}),
    ("POST", "/m/lookup", "black"): (200, {"pdq": {}}),
    ("POST", "/c/bank/A/signal", json.dumps({"pdq": ONE.upper()})): (200, None),
    ("POST", "/c/bank/A/content", '{"other": 1}'): (200, None),
    ("DELETE", "/c/bank/B/content/4", ""): (200, {"deleted": 0}),
}  # fmt: skip
MORE = ("level", "disabled")
"""What a match has beside HMA's own values."""


def test_every_answer_is_hmas_or_differs_on_purpose(site: Site):
    recorded = json.loads((DATA / "recorded.json").read_text())
    unused = set(OTHERWISE)
    for (method, path, more), theirs in zip(ASKED, recorded, strict=True):
        if path == BUILD:
            continue
        answer = send(site, method, path, more)
        key = (method, path, what(more))
        if key in OTHERWISE:
            unused.discard(key)
            status, body = OTHERWISE[key]
            assert answer.status_code == status != theirs["status"] or body != theirs["body"], key
            assert body is None or form(answer.json()) == form(body), key
            continue
        assert answer.status_code == theirs["status"], (key, answer.text)
        if path != "/nowhere":
            ours = answer.text if isinstance(theirs["body"], str) else answer.json()
            assert form(ours) == form(theirs["body"]), key
    assert not unused


def what(more: dict[str, Any]) -> str:
    if "json" in more:
        return json.dumps(more["json"])
    named = more["file"][1] if more.get("file", [""])[-1] == "black" else ""
    return more.get("fields", {}).get("metadata", "") or named


def send(site: Site, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
    sent: dict[str, Any] = {"json": more["json"]} if "json" in more else {}
    if more.get("fields"):
        sent["data"] = more["fields"]
    if "file" in more:
        field, name = more["file"]
        sent["files"] = {field: (f"{name}.png", (DATA / f"{name}.png").read_bytes(), "image/png")}
    return site.send(method, path, **sent)


def form(value: Any) -> Any:
    """An answer without the wording of errors, without order where HMA has none."""
    if isinstance(value, dict):
        if value.keys() == {"message"} and value["message"] not in ("Done", "Exchange deleted"):
            return "a message"
        if value.get("name") == "OFF":
            return "defect 17"
        return {name: form(one) for name, one in value.items() if name not in MORE}
    if isinstance(value, list):
        if value and isinstance(value[0], dict) and "loc" in value[0]:
            return [(fault["type"], fault["loc"]) for fault in value]
        return sorted((form(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    return value
