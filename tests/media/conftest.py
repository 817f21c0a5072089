"""What the tests of archives share: a visitor that writes down what it is told."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

import pytest

from tidebreak.media.archive import Broken, Visitor


class Recorder:
    """Members as ``(name, content, reason)``; remarks and the reason why a walk ended."""

    def __init__(self) -> None:
        self.members: list[tuple[str, bytes, str]] = []
        self.remarks: list[str] = []
        self.beats = 0

    def member(self, name: str) -> _Member:
        return _Member(self, name)

    def unreadable(self, name: str, reason: str) -> None:
        self.members.append((name, b"", reason))

    def remark(self, reason: str) -> None:
        if reason not in self.remarks:
            self.remarks.append(reason)

    def beat(self) -> None:
        self.beats += 1


class _Member:
    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder, self._name, self._parts = recorder, name, list[bytes]()

    def write(self, chunk: bytes, /) -> None:
        assert type(chunk) is bytes
        assert len(chunk) <= 1 << 20
        self._parts.append(chunk)

    def close(self, reason: str = "") -> None:
        self._recorder.members.append((self._name, b"".join(self._parts), reason))


def _walked(walk: Callable[[BinaryIO, Visitor], None], data: bytes) -> Recorder:
    """Walk the archive in ``data``; why it broke off becomes a remark."""
    recorder = Recorder()
    try:
        walk(io.BytesIO(data), recorder)
    except Broken as error:
        recorder.remarks.append(str(error))
    return recorder


@pytest.fixture(scope="session")
def walked() -> Callable[..., Recorder]:
    """Give the function that walks an archive in memory and returns what was recorded."""
    return _walked
