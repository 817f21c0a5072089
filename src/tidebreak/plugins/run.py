"""Files through plug-ins: which type fits, the hash of each, and what the lists know like it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from tidebreak.errors import CannotRead
from tidebreak.media.opening import open_file
from tidebreak.model import Examination, State, Verdict
from tidebreak.plugins.installed import InstalledPlugins, Plugin
from tidebreak.plugins.known import Matching
from tidebreak.plugins.process import MOST_FILE, PluginFailed, PluginProcess

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
    hashed: Iterable[tuple[bytes, Examination]], hashing: Hashing, matching: Matching
) -> Iterator[Found]:
    """Yield what every fitting type of one plug-in makes of every file in ``hashed``.

    Workers have said what a file is; members of archives are not reached.
    """
    for path, item in hashed:
        for number, offered in enumerate(matching.types):
            if item.member or not offered.hasher or not _fits(offered.contents, item.content):
                continue
            try:
                with closing(_Loaded(path)) as loaded:
                    text = hashing.hash(number, loaded.fd)
                verdict = matching.verdict(number, text) if text else Verdict()
                reason = "" if text else f"{offered.name} makes no hash of it"
            except (CannotRead, PluginFailed) as error:
                text, verdict, reason = "", Verdict(), str(error)
            yield Found(path, item.content, offered.name, text, verdict, reason)


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
