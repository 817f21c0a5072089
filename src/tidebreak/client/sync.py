"""The client for programs that wait for each answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TypeVar

import httpx

from tidebreak.client import api
from tidebreak.client.api import Items
from tidebreak.client.attempts import Attempts, Heard, Patience, Pause, Reply, Silence, Try
from tidebreak.client.bodies import Content
from tidebreak.client.calls import Call, batches
from tidebreak.client.connecting import Received, key_in, options
from tidebreak.client.errors import CannotAsk
from tidebreak.client.records import Filter, Outcome, Status, VerdictRecord
from tidebreak.model import Examination, HashList, Verdict
from tidebreak.screens import Origin, Screened

T = TypeVar("T")


class Client:
    """A service, and a key for it. A context manager; may be used from several threads.

    Every call raises `Refused` (by one of its subclasses) when the service will not, `ComeBack`
    and `CannotAsk` when there is no answer, which is never a "no" (`tidebreak.client.errors`).
    """

    def __init__(
        self,
        url: str,
        key: str | Path,
        *,
        ca: Path | None = None,
        insecure: bool = False,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``key`` is a key, or the path of the file that holds it and only its owner reads.

        ``ca`` is the certificate to trust instead of the system's; ``insecure`` sends the key in
        the clear, for networks of one's own. Raises `UsageError`.
        """
        key = key_in(key) if isinstance(key, Path) else key
        self._attempts = Attempts(patience or Patience())
        self._http = httpx.Client(
            transport=transport, **options(url, key, ca=ca, insecure=insecure)
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hash(self, content: Content, *, full: bool = False) -> tuple[Examination, ...]:
        """Return every signal of ``content`` and its members; nothing is looked up or kept.

        ``full`` asks for the slow, exact path to every near hash.
        """
        return self.send(api.hash_(content, full=full))

    def match(self, items: Items) -> tuple[list[Verdict], str]:
        """Return one verdict per item, and by which version of the lists; nothing is kept.

        All signals of an item name one content. More than 1,000 items are asked for in several
        calls; the version is that of the last.
        """
        found, version = list[Verdict](), ""
        for batch in batches(items):
            verdicts, version = self.send(api.match(batch))
            found += verdicts
        return found, version

    def screen(self, content: Content, origin: Origin | None = None, *, key: str = "") -> Screened:
        """Return what to do with ``content``, which is streamed.

        ``key`` makes the call one and the same for a day, however often it is made: give your own
        to have that across crashes.
        """
        return self.send(api.screen(content, origin or Origin(), key))

    def screen_url(self, url: str, origin: Origin | None = None, *, key: str = "") -> Screened:
        """Return what to do with what lies at ``url``, where the service is allowed to fetch."""
        return self.send(api.screen_url(url, origin or Origin(), key))

    def screen_signals(self, items: Items, origin: Origin | None = None) -> list[Screened]:
        """Return what to do with each of ``items``, all signals of one of which name one content.

        Of more than 1,000 items, those before the call that failed have been screened.
        """
        found = list[Screened]()
        for batch in batches(items):
            found += self.send(api.screen_signals(batch, origin or Origin(), ""))
        return found

    def verdicts(self, chosen: Filter | None = None, *, page: int = 100) -> Iterator[VerdictRecord]:
        """Yield verdicts, newest first; ``page`` is how many are fetched at once."""
        after = ""
        while True:
            found = self.send(api.verdicts(chosen or Filter(), after, page))
            yield from found.items
            if not found.next:
                return
            after = found.next

    def verdict(self, id: str) -> VerdictRecord:
        """Return one verdict with its reviews."""
        return self.send(api.verdict(id))

    def review(self, id: str, outcome: Outcome, note: str = "", *, key: str = "") -> VerdictRecord:
        """Say what you found of a verdict; it is kept beside what others said."""
        return self.send(api.review(id, outcome, note, key))

    def lists(self) -> tuple[HashList, ...]:
        """Return all lists that the key may see."""
        return self.send(api.lists())

    def status(self) -> Status:
        """Return how the service is."""
        return self.send(api.status())

    def send(self, call: Call[T]) -> T:
        """Make ``call``, again where that helps, and return its answer."""
        steps, outcome = self._attempts.steps(call.repeatable), None
        try:
            while True:
                step = steps.send(outcome)
                outcome = self._carry_out(step, call)
        except StopIteration as done:
            reply: Reply = done.value
            return call.answer(reply)

    def _carry_out(self, step: Try | Pause, call: Call[T]) -> Heard | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._once(step, call)
        except httpx.HTTPError as error:
            return Silence(type(error).__name__)

    def _once(self, step: Try, call: Call[T]) -> Reply:
        def check() -> None:
            if time.monotonic() > step.until:
                raise CannotAsk("The service takes longer than the time that the call has.")

        with self._http.stream(
            call.method,
            call.path,
            params=call.query,
            headers={**call.headers, **call.length},
            content=call.body.blocks(check) if call.body else None,
            timeout=step.seconds,
        ) as response:
            received = Received(response.status_code, response.headers)
            for block in response.iter_bytes():
                check()
                received.add(block)
            return received.reply()
