"""What the server does, without any HTTP: evaluate, confirm, issue sets, follow the lists."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import asdict

import numpy as np

from tidebreak import kernels
from tidebreak.errors import CannotAsk, UsageError
from tidebreak.seal.desk import Desk
from tidebreak.seal.inputs import Digests
from tidebreak.seal.online.issued import issue
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Computed, Known, current, folder_of
from tidebreak.seal.online.limits import BATCH
from tidebreak.seal.online.operators import Operator, Operators
from tidebreak.seal.oprf import coding_kernels, point_kernels
from tidebreak.seal.oprf.group import elements_of
from tidebreak.seal.oprf.voprf import Key
from tidebreak.signals import SEAL_SIZE

_SETS_KEPT = 32


class Service:
    """Answers operators by the lists of one installation. Safe from several threads."""

    def __init__(
        self, desk: Desk, keys: SealKeys, tell: Computed = lambda done, total: None
    ) -> None:
        """Computes what is new first, which may take a while (`known.current`)."""
        self._desk, self._keys, self._key = desk, keys, Key(keys.private)
        kernels.warm(coding_kernels.__name__, point_kernels.__name__)  # or who asks first waits
        self.operators = open_operators(desk, keys)
        self._lock = threading.Lock()
        self._seen = desk.database.version()
        self._known: Known | None = current(desk, keys, tell)
        self._sets: OrderedDict[str, bytes] = OrderedDict()

    def close(self) -> None:
        """Close what is open of its own."""
        self.operators.close()

    @property
    def known(self) -> Known:
        """What is known now; raises `CannotAsk` while that cannot be told."""
        known = self._known
        if known is None:
            raise CannotAsk("The lists of the server cannot be read now; try again later.")
        return known

    def follow(self) -> None:
        """Take over what changed in the lists since the last time; all answers fail if it fails."""
        try:
            version = self._desk.database.version()
            if version == self._seen and self._known is not None:
                return
            known = current(self._desk, self._keys)
        except Exception as error:  # whatever it is, answers by older lists would be no answers
            had, self._known = self._known, None
            if had is not None:
                detail = {"error": type(error).__name__}
                self._desk.audit.append("seal.set.failed", self._desk.actor, "sealed set", detail)
            raise
        with self._lock:
            if self._known is None or known.version != self._known.version:
                self._sets.clear()
            self._known, self._seen = known, version

    def evaluate(self, operator: Operator, body: bytes) -> tuple[bytes, str]:
        """Return as many elements as ``body`` has, and a proof; with the version of the lists.

        Raises `UsageError` for what are not 1 to 1,000 elements, `OverLimit` above the quota.
        """
        known, elements = self.known, elements_of(body)
        _check(len(elements), "elements")
        self.operators.charge(operator, len(elements))
        evaluated, proof = self._key.prove(elements)
        return evaluated.tobytes() + proof, known.version

    def confirm(self, operator: Operator, body: bytes) -> tuple[bytes, str]:
        """Return a byte for each of the values in ``body``, as `wire` says."""
        if len(body) % SEAL_SIZE:
            raise UsageError(f"Values have {SEAL_SIZE} bytes each; send whole ones.")
        values: Digests = np.frombuffer(bytearray(body), np.uint8).reshape(-1, SEAL_SIZE)
        _check(len(values), "values")
        known = self.known
        found = known.look_up(values)
        self.operators.hit(operator, int((found > 0).sum()))
        return found.tobytes(), known.version

    def set_of(self, operator: Operator) -> tuple[bytes, str]:
        """Return the operator's set and its version."""
        with self._lock:
            known = self.known  # inside: or a set of older lists could be kept for newer ones
            made = self._sets.get(operator.id)
            if made is None:
                made = self._sets[operator.id] = issue(known, self._keys, operator.id)
            self._sets.move_to_end(operator.id)
            if len(self._sets) > _SETS_KEPT:
                self._sets.popitem(last=False)
        return made, known.version

    def status_of(self, operator: Operator) -> tuple[dict[str, object], str]:
        """Return what the operator may ask and what it has asked today."""
        known = self.known
        used = self.operators.used(operator)
        limits = asdict(operator.limits)
        shown = {name: limits[name] for name in ("per_day", "per_second", "burst")}
        asked = used[0].asked if used else 0
        return {**shown, "asked_today": asked, "expires_at": operator.expires_at}, known.version


def open_operators(desk: Desk, keys: SealKeys) -> Operators:
    """Open the file of operators of an installation."""
    return Operators(folder_of(desk) / "operators.db", keys, desk.audit, desk.actor)


def _check(count: int, what: str) -> None:
    if not 1 <= count <= BATCH:
        raise UsageError(f"Send 1 to {BATCH:,} {what} at a time.")
