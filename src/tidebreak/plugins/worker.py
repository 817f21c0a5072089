"""The process in which a plug-in's code runs: locked down before any of it is imported.

It answers one question after the other until the socket closes. A plug-in may raise whatever it
likes; what its errors say is not passed on, since it may repeat what it was given.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from tidebreak.media.launch import die_with, silence
from tidebreak.media.sandbox_ladder import lock_down
from tidebreak.plugins import channel as wire
from tidebreak.settings import Limits

_MOST_MATCHES = 1000


class NoManifest(Exception):
    """A module is no plug-in."""


def main() -> None:
    """Serve whoever holds the other end of the socket; arguments: socket, parent, module."""
    fd, parent, module = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    die_with(parent)
    channel = socket.socket(fileno=fd)
    given, _ = wire.receive(channel)
    sys.path += [folder for folder in given["folders"] if folder not in sys.path]
    silence()
    posture = lock_down(Limits(**given["limits"]))
    try:
        desk = Desk(load(module))
    except BaseException as error:
        wire.send(channel, {"failed": told(error)})
        sys.exit(1)
    rungs = [asdict(rung) for rung in posture.rungs]
    wire.send(channel, {"types": desk.described(), "posture": json.dumps(rungs)})
    while True:
        try:
            question, file = wire.receive(channel)
        except wire.Broken:
            return
        wire.send(channel, desk.answer(question, file))


def load(module: str) -> Any:
    """Return the manifest of ``module``; raises `NoManifest`, and whatever its code raises."""
    from threatexchange.extensions.manifest import (  # pyright: ignore[reportMissingImports]
        ThreatExchangeExtensionManifest,
    )

    manifest: Any = getattr(importlib.import_module(module), "TX_MANIFEST", None)
    if not isinstance(manifest, ThreatExchangeExtensionManifest):
        raise NoManifest
    # bootstrap() may fetch what it likes; whoever wants that calls it beforehand.
    cast("Any", manifest).verify()
    return manifest


def told(error: BaseException) -> str:
    """Return what went wrong without a word of the plug-in's own."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"it needs {error.name[:80]}, which is not installed"
    if isinstance(error, NoManifest):
        return "it has no TX_MANIFEST of python-threatexchange"
    return f"its code raised {type(error).__name__[:80]}"


class Desk:
    """A manifest's signal types, and what may be asked of them."""

    def __init__(self, manifest: Any) -> None:
        self._types: tuple[Any, ...] = tuple(manifest.signal_types)
        self._known: list[list[str]] = [[] for _ in self._types]
        self._answers: dict[str, Callable[[dict[str, Any], int | None], dict[str, Any]]] = {
            "hash": self._hash,
            "valid": self._valid,
            "know": self._know,
            "match": self._match,
        }

    def described(self) -> list[dict[str, Any]]:
        """Return what each type says of itself."""
        return [
            {
                "name": kind.get_name(),
                "contents": [content.get_name() for content in kind.get_content_types()],
                "hasher": _hasher(kind),
                "compares": callable(getattr(kind, "compare_hash", None)),
            }
            for kind in self._types
        ]

    def answer(self, question: dict[str, Any], file: int | None) -> dict[str, Any]:
        """Return the answer to one question, or why there is none."""
        try:
            return self._answers[question["do"]](question, file)
        except BaseException as error:
            return {"failed": told(error)}
        finally:
            if file is not None:
                os.close(file)

    def _hash(self, question: dict[str, Any], file: int | None) -> dict[str, Any]:
        kind = self._types[question["type"]]
        assert file is not None
        text = _hashed(kind, file)
        if type(text) is not str:
            return {"failed": "its hash is no text"}
        return {"text": kind.validate_signal_str(text) if text else ""}

    def _valid(self, question: dict[str, Any], _: int | None) -> dict[str, Any]:
        kind = self._types[question["type"]]
        return {"texts": [_normal(kind, text) for text in question["texts"]]}

    def _know(self, question: dict[str, Any], _: int | None) -> dict[str, Any]:
        self._known[question["type"]] += question["texts"]
        return {"known": len(self._known[question["type"]])}

    def _match(self, question: dict[str, Any], _: int | None) -> dict[str, Any]:
        kind, text = self._types[question["type"]], question["text"]
        found: list[tuple[int, float | None]] = []
        for place, known in enumerate(self._known[question["type"]]):
            result = kind.compare_hash(known, text)
            if result.match:
                distance: object = getattr(result.distance, "distance", None)
                number = float(distance) if isinstance(distance, int | float) else None
                found.append((place, number))
        found.sort(key=lambda one: one[1] or 0.0)
        return {"matches": found[:_MOST_MATCHES], "omitted": max(0, len(found) - _MOST_MATCHES)}


def _hasher(kind: Any) -> str:
    from threatexchange.signal_type.signal_base import (  # pyright: ignore[reportMissingImports]
        BytesHasher,
        FileHasher,
        TextHasher,
    )

    if not inspect.isclass(kind):
        return ""
    kinds = {"bytes": BytesHasher, "text": TextHasher, "file": FileHasher}
    return next((name for name, base in kinds.items() if issubclass(kind, base)), "")


def _hashed(kind: Any, file: int) -> Any:
    """Return the hash of what is in a file in memory, by the way that the type offers."""
    how = _hasher(kind)
    if how == "file":
        # Hashers may insist on a path; this one leads to the file in memory and nowhere else.
        return kind.hash_from_file(Path(f"/proc/self/fd/{file}"))
    with os.fdopen(os.dup(file), "rb") as stream:
        data = stream.read()
    return kind.hash_from_bytes(data) if how == "bytes" else kind.hash_from_str(data.decode())


def _normal(kind: Any, text: str) -> str | None:
    try:
        found = kind.validate_signal_str(text)
    except Exception:
        return None
    return found if type(found) is str else None


if __name__ == "__main__":
    main()
