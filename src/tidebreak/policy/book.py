"""The policy that is in force: its file is followed, and a broken one never takes its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tidebreak.errors import TidebreakError
from tidebreak.policy.fields import BadPolicy
from tidebreak.policy.policy import Policy
from tidebreak.policy.reading import default_text, read, text_of, whole

FILE_NAME = "policy.toml"

_LOOK_SECONDS = 1.0

_Signature = tuple[int, int, int, int]


class PolicyBook:
    """The policy of one file, or the default where there is none. From several threads, too.

    ``on_change`` is called with every policy that comes into force, the first one too, and its
    text; ``on_problem`` once with what keeps a new one out.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_change: Callable[[Policy, str], None] = lambda policy, text: None,
        on_problem: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the file at ``path``; raise `BadPolicy` when it is none: there is no older one."""
        self.path, self._clock = path, clock
        self._on_change, self._on_problem = on_change, on_problem
        self._turn = threading.Lock()
        self._problem = ""
        self._signature = _signature(path)
        there = self._signature is not None
        text, name = (text_of(path), str(path)) if there else (default_text(), "the default policy")
        self._policy = whole(read(text, name), name)
        self._looked = clock()
        on_change(self._policy, text)

    @property
    def current(self) -> Policy:
        """The policy in force; a change of the file counts within a second."""
        now = self._clock()
        if now - self._looked >= _LOOK_SECONDS and self._turn.acquire(blocking=False):
            try:
                self._look()
                self._looked = now
            finally:
                self._turn.release()
        return self._policy

    @property
    def problem(self) -> str:
        """Why the file as it is now does not count, empty when it does. Look at it and shout."""
        return self._problem

    def reload(self) -> Policy:
        """Look at the file now; raise `BadPolicy` when what is there does not count."""
        with self._turn:
            self._look(again=True)
        if self._problem:
            raise BadPolicy(self._problem)
        return self._policy

    def _look(self, *, again: bool = False) -> None:
        signature = _signature(self.path)
        if signature == self._signature and not (again and signature):
            return
        try:
            text = text_of(self.path)
            found = whole(read(text, str(self.path)), str(self.path))
            if found.version != self._policy.version:
                self._on_change(found, text)  # first: no change without its event
            self._policy, self._problem, self._signature = found, "", signature
        except BadPolicy as error:
            self._signature = signature
            self._hold_on(error)
        except TidebreakError as error:  # looked at again in a second
            self._hold_on(error)

    def _hold_on(self, error: TidebreakError) -> None:
        problem = f"{error} Until then the policy {self._policy.version} stays in force."
        if problem != self._problem:
            self._problem = problem
            with suppress(TidebreakError):  # told by the problem itself
                self._on_problem(problem)


def _signature(path: Path) -> _Signature | None:
    with suppress(OSError):
        found = path.stat()
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return None
