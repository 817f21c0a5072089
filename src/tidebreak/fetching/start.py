"""The fetcher that the section ``[fetch]`` of ``service.toml`` asks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tidebreak.errors import UsageError
from tidebreak.fetching.config import FetchConfig
from tidebreak.fetching.fetcher import Fetcher

_HIGHEST_PORT = 65_535


def fetcher_of(section: Mapping[str, Any]) -> Fetcher:
    """Return the fetcher that a section asks for; raise `UsageError` for what it cannot mean."""
    config = config_of(section)
    try:
        return Fetcher(config)
    except OSError:
        raise UsageError(f"{_WHERE}: ca_file cannot be read; correct it.") from None


def config_of(section: Mapping[str, Any]) -> FetchConfig:
    """Return what a section says; raise `UsageError` for unknown names and impossible values."""
    defaults = FetchConfig()
    known = {item.name: getattr(defaults, item.name) for item in fields(FetchConfig)}
    for name, value in section.items():
        if name not in known:
            raise UsageError(f"{_WHERE}: there is no '{name[:40]}'; there are {', '.join(known)}.")
        known[name] = _like(name, value, known[name])
    config = FetchConfig(**known)
    _check(config)
    return config


_WHERE = "service.toml, [fetch]"
_WANTED: Mapping[type, str] = {
    bool: "true or false",
    str: "a text",
    int: "a whole number",
    float: "a number",
    tuple: "a list",
}


def _like(name: str, value: Any, default: Any) -> Any:
    """Return ``value`` when it is of the same type as ``default``."""
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if isinstance(default, tuple) and isinstance(value, list):
        kind = int if name == "ports" else str
        items = tuple(item for item in value if type(item) is kind)
        if len(items) == len(value):
            return items
    elif type(value) is type(default):
        return value
    raise UsageError(f"{_WHERE}: {name} must be {_WANTED[type(default)]}.")


def _check(config: FetchConfig) -> None:
    limits = (config.bytes, config.seconds, config.idle_seconds, config.connect_seconds)
    if (
        not all(limit > 0 for limit in limits)
        or config.at_once < 1
        or not 0 <= config.redirects <= 20
    ):
        raise UsageError(f"{_WHERE}: limits must be positive, and at most 20 redirects.")
    if not config.ports or not all(0 < port <= _HIGHEST_PORT for port in config.ports):
        raise UsageError(f"{_WHERE}: name ports from 1 to {_HIGHEST_PORT:,}.")
    try:
        for text in config.refuse:
            ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{_WHERE}: refuse takes networks such as 198.51.100.0/24.") from None
