"""A module for Matrix Synapse: media are screened before they are stored.

Synapse's callback ``check_media_file_for_spam`` (documentation: Spam checker callbacks, since
1.62 with error codes) is asked for local media, for media of other servers and for previews. Only
what Synapse can read can be recognised: media of encrypted rooms are noise to it.

Synapse deletes what is refused, and does not say whose it was. Where that must be kept, let
``refuse_from`` be ``never``, and quarantine by what the service says (``docs/client.md``).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from tidebreak.client.attempts import Patience
from tidebreak.client.sync import Client
from tidebreak.errors import TidebreakError, UsageError
from tidebreak.screens import Action, Origin, Screened, Surface

_log = logging.getLogger(__name__)

_E = TypeVar("_E", bound=StrEnum)


class OnFailure(StrEnum):
    """What becomes of media about which nobody can tell, or not of all that is in them."""

    CLOSED = "closed"
    """They are refused."""
    OPEN = "open"
    """They are stored, and a line in the log says so."""


class RefuseFrom(StrEnum):
    """The mildest action that refuses."""

    QUARANTINE = "quarantine"
    BLOCK = "block"
    NEVER = "never"

    def refuses(self, screened: Screened) -> bool:
        """Whether what was found refuses: its action, or that a person must look at it first."""
        if self is RefuseFrom.NEVER:
            return False
        harder = screened.decision.action.rank >= Action(self.value).rank
        return harder or bool(screened.held_by)


@dataclass(frozen=True, slots=True)
class Options:
    """The module's configuration; ``seconds`` is how long an upload may wait for its answer."""

    server: str
    key_file: str
    surface: Surface
    on_failure: OnFailure
    refuse_from: RefuseFrom = RefuseFrom.QUARANTINE
    jurisdiction: str = ""
    ca: str = ""
    seconds: float = 60.0


class FileWrapper(Protocol):
    """What Synapse hands in: ``ReadableFileWrapper``."""

    path: str


class FileInfo(Protocol):
    """What Synapse knows of a file."""

    file_id: str
    thumbnail: object


class ModuleApi(Protocol):
    """What of Synapse's ``ModuleApi`` is used."""

    def register_spam_checker_callbacks(self, **callbacks: Any) -> None:
        """Have callbacks called."""
        ...

    async def defer_to_thread(self, f: Any, *arguments: Any) -> Any:
        """Call ``f`` in a thread, since Synapse's event loop is Twisted's."""
        ...


class Screening:
    """The class to name in ``homeserver.yaml``."""

    def __init__(self, config: Options, api: ModuleApi) -> None:
        from synapse.module_api import (  # pyright: ignore[reportMissingImports]
            NOT_SPAM,
        )
        from synapse.module_api.errors import (  # pyright: ignore[reportMissingImports]
            Codes,
        )

        self._fine: object = NOT_SPAM
        self._refused: object = cast("Any", Codes).FORBIDDEN
        self._options, self._api = config, api
        self._client = Client(
            config.server,
            Path(config.key_file),
            ca=Path(config.ca) if config.ca else None,
            patience=Patience(seconds=config.seconds, deadline=config.seconds),
        )
        api.register_spam_checker_callbacks(check_media_file_for_spam=self.check)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    @staticmethod
    def parse_config(config: Mapping[str, Any]) -> Options:
        """Return the options; raises `UsageError` for what is missing, unknown or impossible."""
        known = {field.name: field.default is MISSING for field in fields(Options)}
        if unknown := sorted(set(config) - set(known)):
            raise UsageError(f"Unknown name '{unknown[0]}'; known here: {', '.join(known)}.")
        if missing := [name for name, needed in known.items() if needed and name not in config]:
            raise UsageError(f"'{missing[0]}' is missing; say it, nothing here is assumed.")
        words = {"surface": Surface, "on_failure": OnFailure, "refuse_from": RefuseFrom}
        values = {name: _word(name, words.get(name), value) for name, value in config.items()}
        return Options(**values)

    async def check(self, file_wrapper: FileWrapper, file_info: FileInfo) -> object:
        """Return Synapse's ``NOT_SPAM``, or the code with which an upload is refused."""
        if file_info.thumbnail:  # which Synapse made of what has been screened
            return self._fine
        try:
            refuse = await self._api.defer_to_thread(
                self._refuses, file_wrapper.path, file_info.file_id
            )
        except TidebreakError as error:
            refuse = self._failed(f"media could not be screened: {error}")
        return self._refused if refuse else self._fine

    def _refuses(self, path: str, item: str) -> bool:
        # Synapse's own id of a file, also of another server's: it is no address on any network.
        origin = Origin(self._options.surface, self._options.jurisdiction, item)
        screened = self._client.screen(path, origin)
        if self._options.refuse_from.refuses(screened):
            return True
        if screened.untold:
            return self._failed(f"media could not be fully examined (screening {screened.id})")
        return False

    def _failed(self, why: str) -> bool:
        refuse = self._options.on_failure is OnFailure.CLOSED
        _log.warning("%s They were %s.", why, "refused" if refuse else "stored")
        return refuse


def _word(name: str, kind: type[_E] | None, value: Any) -> Any:
    wanted = float if name == "seconds" else str
    if not isinstance(value, wanted) and not (wanted is float and type(value) is int):
        raise UsageError(f"'{name}' must be a {'number' if wanted is float else 'text'}.")
    if kind is None:
        return value
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"'{name}' must be one of {', '.join(kind)}.") from None
