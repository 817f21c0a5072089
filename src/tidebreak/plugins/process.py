"""One locked-down process with one plug-in, as this side sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from tidebreak.errors import TidebreakError
from tidebreak.media.launch import launch
from tidebreak.media.process import posture_of
from tidebreak.media.protocol import Malformed
from tidebreak.media.sandbox_ladder import Posture
from tidebreak.plugins import channel as wire
from tidebreak.plugins.places import folder_of
from tidebreak.plugins.texts import NAME, is_hash
from tidebreak.settings import Settings

_WORKER = "tidebreak.plugins.worker"
_START_SECONDS = 120.0
_HASHERS = ("", "bytes", "file", "text")

MOST_FILE = 256 << 20
"""Bytes of a file that is handed to a plug-in: it is held in memory while it is."""


class PluginFailed(TidebreakError):
    """A plug-in cannot be used, or failed over what it was given."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a plug-in says of one of its types. ``hasher`` is empty for one that cannot hash."""

    name: str
    contents: tuple[str, ...]
    hasher: str
    compares: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A known hash, by its place among those that were made known; ``distance`` where there is."""

    place: int
    distance: float | None


class PluginProcess:
    """Runs ``module`` and nothing else. A context manager; for one thread.

    Raises `PluginFailed` where the plug-in cannot be loaded, or is locked down less than the
    settings ask for; then, and after every failure that is not an answer, it is gone.
    """

    def __init__(self, module: str, settings: Settings) -> None:
        self.module, self._seconds = module, settings.limits.seconds
        folder = folder_of(module)
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._errors = os.memfd_create("tidebreak-plugin", os.MFD_CLOEXEC)
        with theirs:
            self._process = launch(
                _WORKER, (theirs.fileno(), os.getpid(), module), passed=(theirs.fileno(),),
                errors=self._errors, packages=("tidebreak", "threatexchange"),
            )  # fmt: skip
        try:
            start = {"limits": asdict(settings.limits), "folders": [str(folder)]}
            offered = self._ask(start, seconds=_START_SECONDS)
            self.types = _offered(offered)
            self.posture = _posture(offered)
            if self.posture.level < settings.sandbox_minimum:
                raise PluginFailed(
                    f"{module} would run at sandbox level {self.posture.level}, the settings ask"
                    f" for {settings.sandbox_minimum}; see tidebreak doctor."
                )
        except BaseException:
            self.close()
            raise

    @property
    def gone(self) -> bool:
        """Whether it was closed, or stopped over something."""
        return self._errors < 0

    def close(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._channel.close()
        if self._errors >= 0:
            os.close(self._errors)
            self._errors = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hash(self, type: int, content: int) -> str:
        """Return the hash of what the descriptor ``content`` holds, "" where there is none.

        The content must lie in memory (``memfd_create``); the descriptor stays the caller's.
        """
        text = self._ask({"do": "hash", "type": type}, content).get("text")
        if not isinstance(text, str) or (text and not is_hash(text)):
            raise self._nonsense()
        return text

    def valid(self, type: int, texts: Sequence[str]) -> list[str | None]:
        """Return ``texts`` as the type writes them, None for those that are no hashes of it."""
        found = self._ask({"do": "valid", "type": type, "texts": list(texts)}).get("texts")
        if not isinstance(found, list) or len(found) != len(texts):
            raise self._nonsense()
        if not all(one is None or isinstance(one, str) for one in found):
            raise self._nonsense()
        return [one if one is not None and is_hash(one) else None for one in found]

    def know(self, type: int, texts: Sequence[str]) -> int:
        """Make more hashes known for `match`; return how many are."""
        known = self._ask({"do": "know", "type": type, "texts": list(texts)}).get("known")
        if not isinstance(known, int):
            raise self._nonsense()
        return known

    def match(self, type: int, text: str) -> list[Hit]:
        """Return which known hashes the type says are like ``text``, nearest first, up to 1,000."""
        found = self._ask({"do": "match", "type": type, "text": text}).get("matches")
        if not isinstance(found, list):
            raise self._nonsense()
        return [self._hit(one) for one in found]

    def _hit(self, one: Any) -> Hit:
        match one:
            case [int(place), None] if place >= 0:
                return Hit(place, None)
            case [int(place), int() | float() as distance] if place >= 0:
                return Hit(place, float(distance))
            case _:
                raise self._nonsense()

    def _ask(
        self, question: dict[str, Any], file: int | None = None, seconds: float = 0.0
    ) -> dict[str, Any]:
        self._channel.settimeout(seconds or self._seconds)
        try:
            wire.send(self._channel, question, file)
            answer, more = wire.receive(self._channel)
        except TimeoutError:
            raise self._gone(f"was stopped after {seconds or self._seconds:.0f} s") from None
        except wire.Broken as error:
            raise self._gone(self._ending(str(error))) from None
        if more is not None:
            os.close(more)
            raise self._nonsense()
        if "failed" in answer:
            why = str(answer["failed"])[:200]
            shown = why if why.isprintable() else "it does not say why"
            raise PluginFailed(f"The plug-in {self.module} failed: {shown}.")
        return answer

    def _nonsense(self) -> PluginFailed:
        return self._gone("gave an answer that makes no sense and was stopped")

    def _gone(self, why: str) -> PluginFailed:
        self.close()
        return PluginFailed(f"The plug-in {self.module} {why}.")

    def _ending(self, otherwise: str) -> str:
        try:
            code = self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            return f"gave an answer that makes no sense ({otherwise}) and was stopped"
        if code == -signal.SIGSYS:
            return "tried something forbidden and was stopped (signal 31)"
        last = os.pread(self._errors, 1 << 16, 0).decode("utf-8", "replace").strip()
        words = last.rsplit("\n", 1)[-1][:200]
        said = f"; it said: {words}" if words and words.isprintable() else ""
        return (
            f"ended unexpectedly ({f'signal {-code}' if code < 0 else f'exit code {code}'}{said})"
        )


def _offered(answer: dict[str, Any]) -> tuple[Offered, ...]:
    types = answer.get("types")
    if not isinstance(types, list):
        raise _senseless()
    return tuple(map(_type, types))


def _type(given: Any) -> Offered:
    match given:
        case {"name": str(name), "contents": [*contents], "hasher": str(hasher),
              "compares": bool(compares)} if hasher in _HASHERS:  # fmt: skip
            names: list[Any] = [name, *contents]
        case _:
            raise _senseless()
    if not all(isinstance(one, str) and NAME.fullmatch(one) for one in names):
        raise PluginFailed(
            "The plug-in's types need names of a-z, 0-9, '_', '.' and '-', at most 40."
        )
    return Offered(name, tuple(names[1:]), hasher, compares)


def _senseless() -> PluginFailed:
    return PluginFailed("The plug-in's description of itself makes no sense.")


def _posture(answer: dict[str, Any]) -> Posture:
    try:
        return posture_of(str(answer.get("posture")).encode())
    except Malformed:
        raise PluginFailed(
            "The plug-in's process does not say how far it is locked down."
        ) from None
