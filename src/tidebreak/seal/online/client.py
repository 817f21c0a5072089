"""Ask a sealed server whether something is known, without showing what and without a list.

::

    with Client("https://sealed.example", token) as client:
        for answer in client.ask([signals_of_one_content]):
            print(answer.known, answer.version)

What leaves this machine is blinded; only the value of what is in the operator's set, and so
almost surely known, is shown to the server, to have it confirmed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Self, TypeVar

import numpy as np

from tidebreak.asking import Answer, answer_of
from tidebreak.errors import CannotAsk, UsageError
from tidebreak.model import Signal
from tidebreak.seal.inputs import digests_of, inputs_of
from tidebreak.seal.online import wire
from tidebreak.seal.online.connection import Connection
from tidebreak.seal.online.held import HeldSet
from tidebreak.seal.online.limits import BATCH
from tidebreak.seal.online.token import Token
from tidebreak.seal.oprf.group import elements_of
from tidebreak.seal.oprf.voprf import blind, finalise_proven

_T = TypeVar("_T")

_ROUNDS = 3
"""How often all is asked anew because the lists changed meanwhile."""

_AT_ONCE = 2
_MOST_REMEMBERED = 1 << 20

_SUSPICIOUS = 8
"""Values that seem to be in the set and are not, besides one in a thousand (65,536 expected)."""


class Client:
    """An `Asker` that asks a server; raises `CannotAsk` on any doubt.

    For one thread at a time. Use it as a context manager, or call `close`.
    """

    def __init__(
        self,
        url: str,
        token: str | Token,
        *,
        cache: Path | None = None,
        ca: Path | None = None,
        insecure: bool = False,
        tries: int = 4,
        seconds: float = 20.0,
        fresh: float = 60.0,
    ) -> None:
        """``cache`` is a file in which the set outlives this process; ``ca`` a certificate.

        Answers are given by lists that were the newest ``fresh`` seconds ago or later.
        """
        self._token = token if isinstance(token, Token) else Token.parse(token)
        self._connection = Connection(
            url, self._token, ca=ca, insecure=insecure, tries=tries, seconds=seconds
        )
        self._held = HeldSet(self._connection, cache, fresh)
        self._unknown = Remembered()

    def close(self) -> None:
        """Close the connection and forget everything."""
        self._connection.close()
        self._unknown.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        """Return one answer per item; raises `CannotAsk`, also for an item without exact signals.

        Near signals are not asked for.
        """
        inputs = [inputs_of(signals) for signals in items]
        if not all(inputs):
            raise CannotAsk("Only exact signals can be asked for sealed; give one of each item.")
        distinct = list(dict.fromkeys(one for each in inputs for one in each))
        for _ in range(_ROUNDS):
            self._held.refresh()
            version = self._held.version
            known = self._known(distinct, version)
            if known is not None:
                return [_answer(each, known, version) for each in inputs]
            self._held.outdated()
        raise CannotAsk("The lists of the sealed server change all the time; ask again later.")

    def _known(self, inputs: Sequence[bytes], version: str) -> dict[bytes, int] | None:
        """Return how inputs are known at ``version``; None when that is not the newest."""
        unsure = self._unknown.without(inputs, version)
        values: dict[bytes, bytes] = {}
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            for reply, found in pool.map(self._evaluated, _batches(unsure)):
                if reply != version:
                    return None
                values |= found
        finally:
            pool.shutdown(cancel_futures=True)  # what is still to be asked would be for nothing
        known = self._confirmed(values, version)
        if known is not None:
            self._unknown.add([one for one in values if one not in known])
        return known

    def _evaluated(self, batch: Sequence[bytes]) -> tuple[str, dict[bytes, bytes]]:
        """Return the version of the lists, and the function's values at ``batch``, checked."""
        blinded = blind(batch)
        body = blinded.elements.tobytes()
        reply = self._connection.send("POST", wire.EVALUATE, body)
        try:
            evaluated = elements_of(reply.body[: len(body)])
            values = finalise_proven(
                blinded, evaluated, reply.body[len(body) :], self._token.public
            )
        except UsageError:  # what came are no elements
            values = None
        if values is not None:
            return reply.version, dict(zip(batch, values, strict=True))
        raise CannotAsk(
            "The sealed server's proof is wrong: it does not use the key that the token names;"
            " ask who runs it, and trust none of its answers."
        )

    def _confirmed(self, values: dict[bytes, bytes], version: str) -> dict[bytes, int] | None:
        """Return how the server says that inputs are known; None when its lists changed."""
        digests, inputs = digests_of(list(values.values())), list(values)
        likely = np.flatnonzero(self._held.may_have(digests)).tolist()
        known: dict[bytes, int] = {}
        for rows in _batches(likely):
            reply = self._connection.send("POST", wire.CONFIRM, digests[list(rows)].tobytes())
            if len(reply.body) != len(rows) or max(reply.body) > wire.CERTAIN:
                raise CannotAsk("The sealed server's answer is none; ask who runs it.")
            if reply.version != version:
                return None
            known |= {inputs[row]: how for row, how in zip(rows, reply.body, strict=True) if how}
        if len(likely) - len(known) > _SUSPICIOUS + len(values) // 1000:
            # Such a set would make this client show the values of what is not known.
            raise CannotAsk(
                "The sealed server's set holds what it does not confirm; ask who runs it."
            )
        return known


class Remembered:
    """What is not known by one version of the lists: digests under a key that is never written."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._tags: set[bytes] = set()
        self._version = ""

    def without(self, inputs: Sequence[bytes], version: str) -> list[bytes]:
        """Return ``inputs`` without those that are remembered at ``version``."""
        if version != self._version:
            self._tags.clear()
            self._version = version
        return [one for one in inputs if self._tag(one) not in self._tags]

    def add(self, inputs: Sequence[bytes]) -> None:
        """Remember ``inputs``; where that becomes too much, forget the rest."""
        if len(self._tags) + len(inputs) > _MOST_REMEMBERED:
            self._tags.clear()
        self._tags.update(map(self._tag, inputs[:_MOST_REMEMBERED]))

    def forget(self) -> None:
        """Forget everything."""
        self._tags.clear()

    def _tag(self, one: bytes) -> bytes:
        return blake2b(one, digest_size=16, key=self._key).digest()


def _answer(inputs: Mapping[bytes, str], known: Mapping[bytes, int], version: str) -> Answer:
    found = [(family, known[one] == wire.CERTAIN) for one, family in inputs.items() if one in known]
    return answer_of(found, version)


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
