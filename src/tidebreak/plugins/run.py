"""Files through plug-ins: which type fits, the hash of each, and what the lists know like it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from tidebreak.errors import CannotRead
from tidebreak.media.opening import open_file
from tidebreak.model import Examination, State, Verdict
from tidebreak.plugins.installed import InstalledPlugins, Plugin
from tidebreak.plugins.known import Matching
from tidebreak.plugins.process import MOST_FILE, PluginFailed, PluginProcess
from tidebreak.showing import shown_path

_CONTENTS = {"photo": "image/", "video": "video/", "text": "text/", "pdf": "application/pdf"}
"""What python-threatexchange calls contents, and how the workers' types of them begin."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """What one type of a plug-in made of one file; ``reason`` says why it could not be examined."""

    path: bytes
    content: str
    type: str
    hash: str = ""
    verdict: Verdict = field(default_factory=Verdict)
    reason: str = ""

    @property
    def state(self) -> State:
        """The one state in which this ends."""
        if self.verdict.level.found:
            return State.MATCHED
        return State.NOT_FULLY_EXAMINED if self.reason else State.CLEAR


class Hashing:
    """The process of a plug-in that sees files; another takes its place when it is gone."""

    def __init__(self, installed: InstalledPlugins, plugin: Plugin) -> None:
        self._installed, self._plugin = installed, plugin
        self._process: PluginProcess | None = None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()

    def hash(self, type: int, content: int) -> str:
        """Return a hash as `PluginProcess.hash` does; raises `PluginFailed`."""
        if self._process is None or self._process.gone:
            self._process = self._installed.start(self._plugin)
        return self._process.hash(type, content)


def examine(
    hashed: Iterable[tuple[bytes, Examination]], plugins: Sequence[tuple[Hashing, Matching]]
) -> Iterator[Found]:
    """Yield what every fitting type of every plug-in makes of every file in ``hashed``.

    Workers have said what a file is; members of archives are not reached.
    """
    for path, item in hashed:
        for hashing, matching in plugins if not item.member else ():
            for number, offered in enumerate(matching.types):
                if offered.hasher and _fits(offered.contents, item.content):
                    yield _examined(path, item.content, number, hashing, matching)


def _examined(path: bytes, content: str, type: int, hashing: Hashing, matching: Matching) -> Found:
    name = matching.types[type].name
    try:
        with closing(_Loaded(path)) as loaded:
            text = hashing.hash(type, loaded.fd)
        if not text:
            return Found(path, content, name, reason=f"{name} makes no hash of it")
        return Found(path, content, name, text, matching.verdict(type, text))
    except (CannotRead, PluginFailed) as error:
        return Found(path, content, name, reason=str(error))


def as_record(found: Found) -> dict[str, Any]:
    """Return what ``plugins scan --json`` prints; a distance that was not told is null."""
    verdict = asdict(found.verdict)
    for match in verdict["matches"]:
        match["distance"] = None if math.isnan(match["distance"]) else match["distance"]
    return {
        "path": shown_path(found.path, ""),
        "content": found.content,
        "type": found.type,
        "hash": found.hash,
        "state": found.state.value,
        "reason": found.reason,
        "verdict": verdict,
    }


def _fits(contents: Iterable[str], content: str) -> bool:
    return any(content.startswith(_CONTENTS[name]) for name in contents if name in _CONTENTS)


class _Loaded:
    """A file in memory, which is all that a plug-in gets to see of the disk."""

    def __init__(self, path: bytes) -> None:
        """Raises `CannotRead`."""
        opened = open_file(path)
        self.fd = os.memfd_create("tidebreak-plugin", os.MFD_CLOEXEC)
        try:
            if opened.size > MOST_FILE:
                raise CannotRead(f"larger than the {MOST_FILE >> 20} MiB that a plug-in is given")
            size = 0
            while (block := os.read(opened.fd, _BLOCK)) and size <= MOST_FILE:
                size += os.write(self.fd, block)
            os.lseek(self.fd, 0, os.SEEK_SET)
        except OSError as error:
            self.close()
            raise CannotRead(f"cannot be read to its end ({error.strerror})") from None
        except BaseException:
            self.close()
            raise
        finally:
            os.close(opened.fd)

    def close(self) -> None:
        """Forget it."""
        os.close(self.fd)
