"""Ask a Tidebreak service: hash, match and screen, with or without an event loop.

::

    with Client("https://screening.example", Path("key")) as client:
        screened = client.screen(Path("upload.jpg"), Origin(Surface.HOSTING, item="upload 17"))
        print(screened.decision.action, screened.level)

It needs httpx and nothing else that is heavy (``pip install 'tidebreak[client]'``).
"""

from __future__ import annotations

from tidebreak.client.errors import (
    AskPermission,
    CannotAsk,
    CheckKey,
    ComeBack,
    CorrectRequest,
    LookAgain,
    NameAnother,
    Refused,
    SendLess,
)
from tidebreak.client.records import Filter, Outcome
from tidebreak.model import Level, Signal, State
from tidebreak.screens import Action, Origin, Screened, Surface

try:
    from tidebreak.client.asynchronous import AsyncClient
    from tidebreak.client.attempts import Patience
    from tidebreak.client.sync import Client
except ImportError as error:
    raise ImportError(
        f"The client needs {error.name}, which is not installed: pip install 'tidebreak[client]'",
        name=error.name,
    ) from None

__all__ = [
    "Action",
    "AskPermission",
    "AsyncClient",
    "CannotAsk",
    "CheckKey",
    "Client",
    "ComeBack",
    "CorrectRequest",
    "Filter",
    "Level",
    "LookAgain",
    "NameAnother",
    "Origin",
    "Outcome",
    "Patience",
    "Refused",
    "Screened",
    "SendLess",
    "Signal",
    "State",
    "Surface",
]
