"""The load: look-ups, screenings of signals and of files, each held against what is known."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.soak.rig import Counts, Replica
from benchmarks.soak.truth import Truth

FOUND = ("exact", "exact-weak", "near", "possible")
MAY_FAIL = (429, 500, 502, 503, 507)
"""Answers that are none: allowed while something is broken, counted, and never a no. 500 is not."""


@dataclass(frozen=True, slots=True)
class File:
    """A harmless file, and whether it is on the list."""

    content: bytes
    known: bool


class Asker(threading.Thread):
    """Asks both replicas in turn, ``rate`` times a second, until ``end`` is set."""

    def __init__(
        self, replicas: Sequence[Replica], key: str, truth: Truth, files: Sequence[File],
        counts: Counts, rate: float, end: threading.Event,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self._replicas, self._key, self._truth, self._files = replicas, key, truth, files
        self._counts, self._rate, self._end = counts, rate, end
        self._chance = random.Random(rate)
        self._turn = 0

    def run(self) -> None:
        """Go on until the end."""
        while not self._end.wait(self._chance.expovariate(self._rate)):
            self._turn += 1
            [self._match, self._screen, self._file, self._match][self._turn % 4]()

    def _match(self) -> None:
        one, known, _ = self._truth.draw(self._chance)
        began = time.monotonic()
        found = self._ask("/v1/match", {"items": [[signal] for signal in one.signals]})
        if found is not None:
            for item in found["items"]:
                self._hold(one.number, known, item["level"], began, "match")

    def _screen(self) -> None:
        one, known, _ = self._truth.draw(self._chance)
        began = time.monotonic()
        found = self._ask("/v1/screen", {"items": [one.signals]})
        if found is not None:
            self._counts.ids.append(found["items"][0]["id"])
            self._hold(one.number, known, found["items"][0]["level"], began, "screen")

    def _file(self) -> None:
        file = self._chance.choice(self._files)
        found = self._ask("/v1/screen?surface=hosting", file.content)
        if found is None:
            return
        self._counts.ids.append(found["id"])
        if found["state"] == "not fully examined":
            self._counts.incomplete += 1
            if found["decision"]["action"] == "allow":
                self._counts.wrong.append("a file that was not fully examined was let pass")
        elif (found["level"] in FOUND) is not file.known:
            self._counts.wrong.append(f"file: known {file.known}, answered {found['level']}")

    def _hold(self, number: int, known: bool, level: str, began: float, how: str) -> None:
        content = self._truth.contents[number]
        if (level in FOUND) is not known and not self._truth.unsettled(content, began, known):
            self._counts.wrong.append(f"{how}: known {known}, answered {level}")

    def _ask(self, path: str, body: Any) -> Any:
        replica = self._replicas[self._turn // 4 % len(self._replicas)]
        kind = "application/octet-stream"
        if not isinstance(body, bytes):
            body, kind = json.dumps(body).encode(), "application/json"
        status, content = ask(replica, self._key, "POST", path, body, kind)
        self._counts.statuses[str(status)] = self._counts.statuses.get(str(status), 0) + 1
        self._counts.answers += 1
        if status == 200:
            return json.loads(content)
        if status not in (0, *MAY_FAIL) or status == 500:
            self._counts.wrong.append(f"{path.split('?')[0]}: status {status}")
        return None


def ask(
    replica: Replica, key: str, method: str, path: str, body: bytes = b"",
    kind: str = "application/json",
) -> tuple[int, bytes]:  # fmt: skip
    """Return status and body of an answer; (0, b"") where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=90)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def pictures(folder: Path, count: int) -> list[bytes]:
    """Return harmless pictures as JPEG files."""
    from io import BytesIO

    import numpy as np
    from PIL import Image

    made: list[bytes] = []
    for number in range(count):
        chance = np.random.default_rng(number)
        small = chance.integers(0, 256, (12, 16, 3), np.uint8)
        out = BytesIO()
        Image.fromarray(small).resize((640, 480), Image.Resampling.BICUBIC).save(out, "JPEG")
        made.append(out.getvalue())
        (folder / f"{number}.jpg").write_bytes(out.getvalue())
    return made
