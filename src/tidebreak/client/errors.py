"""What a call of the client may raise; the names say what to do then.

::

    TidebreakError
    ├── CannotAsk             there is no answer, which is never a "no": treat it as a failure
    │   └── ComeBack          the service has too much to do, or a quota is used up: ask later
    └── UsageError
        └── Refused           the service will not do this, however often it is asked
            ├── CheckKey          401: the key is missing, wrong, expired or revoked
            ├── AskPermission     403: the key is sound and may not do this
            ├── NameAnother       404: there is nothing of this name
            ├── LookAgain         409, 412: meanwhile things are not as the call takes them to be
            ├── SendLess          413: more than the service takes
            └── CorrectRequest    400, 415, 422 and the rest: the request itself is at fault
"""

from __future__ import annotations

from tidebreak.errors import CannotAsk, OverLimit, UsageError


class ComeBack(CannotAsk, OverLimit):
    """There is no answer now; ask again after ``wait`` seconds."""


class Refused(UsageError):
    """The service understood and will not.

    ``status`` is HTTP's, ``kind`` the ``type`` of the problem (RFC 9457), ``request`` the id under
    which the operator finds the request in the log.
    """

    def __init__(self, message: str, status: int, kind: str = "", request: str = "") -> None:
        super().__init__(message)
        self.status, self.kind, self.request = status, kind, request


class CheckKey(Refused):
    """The key is missing, wrong, expired or revoked."""


class AskPermission(Refused):
    """The key may not do this: its owner at the service can allow it."""


class NameAnother(Refused):
    """There is nothing of this name or id."""


class LookAgain(Refused):
    """Things have changed meanwhile, or an idempotency key was used for something else."""


class SendLess(Refused):
    """The content, or the batch, is larger than the service takes."""


class CorrectRequest(Refused):
    """The service cannot make sense of the request."""


_BY_STATUS: dict[int, type[Refused]] = {
    401: CheckKey,
    403: AskPermission,
    404: NameAnother,
    409: LookAgain,
    412: LookAgain,
    413: SendLess,
}


def refusal(status: int) -> type[Refused]:
    """Return the class for a ``status`` from 400 to 499."""
    return _BY_STATUS.get(status, CorrectRequest)


__all__ = [
    "AskPermission",
    "CannotAsk",
    "CheckKey",
    "ComeBack",
    "CorrectRequest",
    "LookAgain",
    "NameAnother",
    "Refused",
    "SendLess",
    "refusal",
]
