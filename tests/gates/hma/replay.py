"""Replay what the Ruby client recorded of a real HMA, and compare status and form of every answer.

Run ``python -m tests.gates.hma.replay FOLDER`` with a clone of fetlife/hasher_matcher_actioner_api.
Prints what differs, then how many answers are alike. No test: the recordings are not ours to keep.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml
from tests.gates.hma.conftest import Fetches, Site

from tidebreak.gates.hma.options import Options
from tidebreak.installation import Tidebreak
from tidebreak.spool import Spool

PICTURES = {name: f"{name}.jpg" for name in (
    "edit-of-image-in-hash-db", "image-in-hash-db", "image-not-in-hash-db",
)}  # fmt: skip
KNOWN = "image-in-hash-db"
BANKS = ("BANK", "NEW_BANK_NAME", "TEST_BANK")


class _Loader(yaml.SafeLoader):
    """Reads ``!binary`` as Ruby writes it."""


_Loader.add_constructor("!binary", lambda _, node: base64.b64decode(node.value))


class Recorded(Fetches):
    """Has the pictures of the recordings at every address that ends in their name."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    async def fetch(self, url: str, spool: Spool, deadline: float) -> Fetches:
        self.content_type = "image/jpeg"
        spool.write((self.folder / urlsplit(url).path.rpartition("/")[2]).read_bytes())
        return self


def main() -> None:
    clone = Path(sys.argv[1])
    pictures = clone / "spec" / "fixtures"
    alike = different = exchanges = 0
    for recording in sorted((clone / "spec" / "vcr_cassettes").rglob("*.yml")):
        with ExitStack() as stack:
            site = _site(stack, pictures)
            for request, response in _interactions(recording):
                answer = _sent(site, request, response)
                path = urlsplit(request["uri"]).path
                if _alike(response, answer):
                    alike += 1
                elif path.startswith("/c/exchange"):
                    exchanges += 1
                else:
                    different += 1
                    print(f"{request['method']} {path}: {response['body']['string']!r}"
                          f" is {answer.status_code} {answer.text!r} here")  # fmt: skip
    print(f"{alike} alike, {exchanges} about exchanges, which are not offered; {different} differ")


def _site(stack: ExitStack, pictures: Path) -> Site:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    opened = stack.enter_context(Tidebreak.create(folder / "home", folder / "key"))
    site = Site(opened, stack, Options(), "")
    site.hma.fetcher = Recorded(pictures)
    for name in BANKS:
        site.bank(name)
        file = {"photo": (PICTURES[KNOWN], (pictures / PICTURES[KNOWN]).read_bytes())}
        site.send("POST", f"/c/bank/{name}/content", files=file)
    return site


def _interactions(recording: Path) -> Iterator[tuple[Any, Any]]:
    for each in yaml.load(recording.read_text(), _Loader)["http_interactions"]:
        yield each["request"], each["response"]


def _sent(site: Site, request: Any, response: Any) -> httpx.Response:
    parts, body = urlsplit(request["uri"]), request["body"]["string"] or b""
    if parts.path == "/c/banks" and response["status"]["code"] == 201:
        site.send("DELETE", "/c/bank/TEST_BANK")
    site.screens.state.ready = response["body"]["string"] != "INDEX-STALE"
    kept = {name: value[0] for name, value in request["headers"].items() if name == "Content-Type"}
    return site.send(
        request["method"].upper(), f"{parts.path}?{parts.query}", headers=kept,
        content=body.encode() if isinstance(body, str) else body,
    )  # fmt: skip


def _alike(response: Any, answer: httpx.Response) -> bool:
    if answer.status_code != response["status"]["code"]:
        return False
    try:
        return _form(json.loads(response["body"]["string"])) == _form(answer.json())
    except ValueError:
        return response["body"]["string"] == answer.text


def _form(value: Any) -> Any:
    """What of an answer does not depend on what is on the lists."""
    if isinstance(value, list):
        return [_form(one) for one in value[:1]]
    if isinstance(value, dict):
        if "bank_content_id" in value:
            return {"bank_content_id": int, "distance": value["distance"]}
        if all(isinstance(one, list) for one in value.values()):  # by bank
            return [_form(one) for one in list(value.values())[:1]]
        return {name: _form(one) for name, one in value.items()}
    return type(value)


if __name__ == "__main__":
    main()
