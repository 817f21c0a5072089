"""What of the façade can be set: the section ``[gates.hma]`` of ``service.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tidebreak.errors import UsageError
from tidebreak.gates.hma.hma_types import HMA_TYPES
from tidebreak.model import ListKind
from tidebreak.web.loopback import is_loopback


@dataclass(frozen=True, slots=True)
class Options:
    """``listen`` is ``host:port`` or ``unix:/path`` of a listener of its own, empty for none.

    ``as_key`` names the key as which that listener takes requests without one; only this machine
    can then reach it. ``types`` are hashed where a client names none. ``kinds`` of lists are shown
    as banks, or only ``lists``; only those made here are added to and deleted, unless
    ``edits_imported``. ``upload_bytes`` bounds a file, ``uploads`` how many come at once.
    """

    listen: str = ""
    as_key: str = ""
    types: tuple[str, ...] = ("pdq", "video_md5")
    kinds: tuple[str, ...] = (ListKind.CONTRABAND.value,)
    lists: tuple[str, ...] = ()
    edits_imported: bool = False
    upload_bytes: int = 100 << 20
    uploads: int = 64
    upload_seconds: float = 120.0

    def shows(self, name: str, kind: ListKind) -> bool:
        """Whether the list called ``name`` is shown as a bank."""
        return name in self.lists if self.lists else kind.value in self.kinds


def options_of(values: Mapping[str, Any]) -> Options:
    """Return the options that ``[gates.hma]`` sets; raise `UsageError` for what is none."""
    known = {item.name: getattr(Options(), item.name) for item in fields(Options)}
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise UsageError(f"[gates.hma]: unknown name '{name}'; known: {', '.join(known)}.")
        wanted = known[name]
        taken = _taken(value, wanted)
        if taken is None:
            raise UsageError(f"[gates.hma]: '{name}' must be a {_word(wanted)}.")
        given[name] = taken
    return _checked(replace(Options(), **given))


def host_and_port(listen: str) -> tuple[str, int]:
    """Return the parts of ``host:port``; raise `UsageError` when it is none."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise UsageError("[gates.hma]: 'listen' is host:port, such as 127.0.0.1:5100, or unix:/…")
    return host.strip("[]"), int(port)


def _taken(value: Any, wanted: Any) -> Any:
    """Return ``value`` as the type that ``wanted`` has, None when it is of another."""
    if isinstance(wanted, tuple):
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            return None
        return tuple(value)
    if isinstance(wanted, float) and type(value) is int:
        return float(value)
    return value if type(value) is type(wanted) else None


def _word(wanted: Any) -> str:
    words = {
        bool: "true or false",
        tuple: "list of texts",
        str: "text",
        int: "whole number",
        float: "number",
    }
    return words[type(wanted)]


def _checked(options: Options) -> Options:
    unknown = [name for name in options.types if name not in HMA_TYPES]
    if unknown or not options.types:
        raise UsageError(f"[gates.hma]: 'types' are some of {', '.join(HMA_TYPES)}.")
    if any(kind not in {k.value for k in ListKind if k.hits} for kind in options.kinds):
        raise UsageError("[gates.hma]: 'kinds' are contraband, watch or both.")
    if min(options.upload_bytes, options.uploads, options.upload_seconds) <= 0:
        raise UsageError("[gates.hma]: limits of uploads are above 0.")
    unix = options.listen.startswith("unix:/")
    if options.listen and not unix:
        host, _ = host_and_port(options.listen)
        if options.as_key and not is_loopback(host):
            raise UsageError(
                "[gates.hma]: whoever reaches a listener with 'as_key' acts as that key; let it"
                " listen on 127.0.0.1 or unix:/…, and have a proxy in front of it."
            )
    if options.as_key and not options.listen:
        raise UsageError("[gates.hma]: 'as_key' needs a listener of its own: set 'listen'.")
    return options
