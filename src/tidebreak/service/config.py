"""``service.toml``: where the service listens, what it takes in, which gates it opens.

Unknown names are errors, not ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from tidebreak.errors import UsageError
from tidebreak.service.heads import AuditRules
from tidebreak.service.proxies import Proxies

FILE = "service.toml"

_MIB, _GIB = 1 << 20, 1 << 30

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the API is."""

    host: Annotated[str, "The address to listen at."] = "127.0.0.1"
    port: Annotated[int, "The port; 0 takes a free one."] = 8480
    tls_cert: Annotated[str, "The certificate, with its chain (PEM)."] = ""
    tls_key: Annotated[str, "The certificate's key (PEM)."] = ""
    insecure_bind: Annotated[bool, "Let other machines reach it without TLS."] = False
    proxies: Annotated[
        tuple[str, ...], "Proxies (addresses, networks) whose X-Forwarded-For says who asks."
    ] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """What is taken in. Above a limit the answer says so; nothing is cut off silently."""

    upload_bytes: Annotated[int, "Largest upload."] = 2 * _GIB
    in_flight_bytes: Annotated[int, "Bytes of all uploads together that are on their way."] = (
        8 * _GIB
    )
    batch_bytes: Annotated[int, "Largest batch of signals, as JSON."] = 8 * _MIB
    idle_seconds: Annotated[float, "Pause in a request after which it is given up."] = 15.0
    request_seconds: Annotated[float, "Time for a request to come in, besides its length's."] = 30.0
    slowest: Annotated[int, "Bytes per second that an upload must reach after that."] = 16_384
    header_seconds: Annotated[float, "Time for the headers of a request to come in."] = 10.0
    connections: Annotated[int, "Connections at once; whoever comes then gets 503."] = 2000
    grace_seconds: Annotated[int, "Time for what is under way when the service is stopped."] = 30


@dataclass(frozen=True, slots=True)
class Screening:
    """How uploads are examined and looked up."""

    workers: Annotated[int, "Worker processes; 0 is as settings.toml says."] = 0
    waiting: Annotated[int, "Uploads that wait or are examined at once; 0 is 64 per worker."] = 0
    leads: Annotated[
        bool,
        "Whether distances that mean no more than a lead are looked for: ten times the work, and"
        " nothing that a platform may act on.",
    ] = False


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """Where events may be posted to."""

    allowed_hosts: Annotated[
        tuple[str, ...], "Hosts that may have addresses of this network; others must be public."
    ] = ()
    insecure_hosts: Annotated[tuple[str, ...], "Hosts that may be told without TLS."] = ()


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """All of ``service.toml``. ``fetch``, ``oidc`` and ``gates`` are read by whom they concern."""

    listen: Listen = field(default_factory=Listen)
    intake: Intake = field(default_factory=Intake)
    screening: Screening = field(default_factory=Screening)
    webhooks: WebhookRules = field(default_factory=WebhookRules)
    audit: AuditRules = field(default_factory=AuditRules)
    fetch: Table = field(default_factory=dict[str, Any])
    oidc: Table = field(default_factory=dict[str, Any])
    gates: Mapping[str, Table] = field(default_factory=dict[str, Table])


_SECTIONS = ("listen", "intake", "screening", "webhooks", "audit")
_TABLES = ("fetch", "oidc", "gates")


def load(home: Path) -> ServiceConfig:
    """Return what ``service.toml`` in ``home`` says, defaults without one; raise `UsageError`."""
    path = home / FILE
    if not path.exists():
        return ServiceConfig()
    try:
        return parsed(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text; correct it or restore it.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); correct that.") from None


def parsed(text: str, where: str) -> ServiceConfig:
    """Return what ``text`` says; ``where`` names it in errors (`UsageError`)."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is not valid TOML ({error}); correct it.") from None
    known = (*_SECTIONS, *_TABLES)
    for name, value in values.items():
        if name not in known:
            raise UsageError(f"{where}: unknown section '{name}'; known here: {', '.join(known)}.")
        if not isinstance(value, dict):
            raise UsageError(f"{where}: '{name}' must be a table: write [{name}].")
    gates = values.get("gates", {})
    if not all(isinstance(gate, dict) for gate in gates.values()):
        raise UsageError(f"{where}: a gate must be a table: write [gates.clamd].")
    config = ServiceConfig(**{name: values.get(name, {}) for name in _TABLES})
    changes = {
        name: filled(getattr(config, name), values.get(name, {}), f"{where}, [{name}]")
        for name in _SECTIONS
    }
    return _checked(replace(config, **changes), where)


def filled(base: Any, values: Table, where: str) -> Any:
    """Return the flat dataclass ``base`` with ``values``; raise `UsageError` for a bad one."""
    names = [item.name for item in fields(base)]
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name not in names:
            raise UsageError(f"{where}: unknown name '{name}'; known here: {', '.join(names)}.")
        current = getattr(base, name)
        if type(current) is float and type(value) is int:
            value = float(value)
        if isinstance(current, tuple) and isinstance(value, list):
            value = tuple(value)
            if not all(isinstance(one, str) for one in value):
                raise UsageError(f"{where}: '{name}' must be a list of texts.")
        if type(value) is not type(current):
            kind = "list" if isinstance(current, tuple) else type(current).__name__
            raise UsageError(f"{where}: '{name}' must be {kind}.")
        if not isinstance(value, bool | str | tuple) and not value >= 0:
            raise UsageError(f"{where}: '{name}' must not be negative.")
        changes[name] = value
    return replace(base, **changes)


def _checked(config: ServiceConfig, where: str) -> ServiceConfig:
    if bool(config.listen.tls_cert) != bool(config.listen.tls_key):
        raise UsageError(f"{where}, [listen]: TLS needs both, tls_cert and tls_key.")
    if config.listen.port > 65535:
        raise UsageError(f"{where}, [listen]: 'port' must be at most 65535.")
    try:
        Proxies(config.listen.proxies)
    except ValueError:
        raise UsageError(
            f"{where}, [listen]: 'proxies' must be addresses or networks, as 192.0.2.0/24."
        ) from None
    return config


def shown(config: ServiceConfig) -> str:
    """Return everything that is in force, as ``service.toml`` would say it."""
    lines: list[str] = []
    for name in _SECTIONS:
        part = getattr(config, name)
        lines += [f"[{name}]"]
        lines += [f"{item.name} = {_text(getattr(part, item.name))}" for item in fields(part)]
        lines.append("")
    tables = {"fetch": config.fetch, "oidc": config.oidc}
    tables |= {f"gates.{name}": gate for name, gate in config.gates.items()}
    for name, table in tables.items():
        if table:
            lines += [f"[{name}]", *(f"{key} = {_text(value)}" for key, value in table.items()), ""]
    return "\n".join(lines).rstrip() + "\n"


def template() -> str:
    """Return a ``service.toml`` with every name explained, at its default, commented out."""
    lines = ["# The service. Remove the # before a name to change it.", ""]
    for name in _SECTIONS:
        part = getattr(ServiceConfig(), name)
        explained = get_type_hints(type(part), include_extras=True)
        lines.append(f"[{name}]")
        for item in fields(part):
            lines.append(f"# {explained[item.name].__metadata__[0]}")
            lines += [f"# {item.name} = {_text(getattr(part, item.name))}", ""]
    lines += [
        "# Further sections: [fetch] (docs/fetching.md), [oidc] (docs/access.md), and one",
        "# [gates.NAME] for each gate (docs/content-gates.md, docs/hma.md).",
    ]
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(_text(one) for one in value)}]"  # type: ignore[reportUnknownVariableType]
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {_text(one)}" for key, one in value.items())  # type: ignore[reportUnknownVariableType]
        return f"{{ {inside} }}"
    return _quoted(value) if isinstance(value, str) else f"{value!r}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
