"""``tidebreak serve``: screening over HTTP, in front of what platforms already run."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.cli.context import home, installation
from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from tidebreak.service.config import ServiceConfig


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was given; what is None is as ``service.toml`` says."""

    host: str | None = None
    port: int | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure_bind: bool = False
    check: bool = False
    init: bool = False


def run(options: Options) -> None:
    """Serve, or show or write the configuration."""
    from tidebreak.service import config as configuring

    if options.init:
        _init(home() / configuring.FILE, configuring.template())
        return
    with installation() as opened:
        config = _with_options(configuring.load(opened.home), options)
        if options.check:
            sys.stdout.write(configuring.shown(config))
            return
        try:
            from tidebreak.service.serving import listen, serve
        except ImportError as error:
            raise UsageError(
                f"The service needs {error.name}: pip install 'tidebreak[service]'"
            ) from None
        listener = listen(config.listen)
        scheme = "https" if config.listen.tls_cert else "http"
        address = f"{config.listen.host}:{listener.getsockname()[1]}"
        sys.stderr.write(f"Tidebreak at {scheme}://{address}\n")
        serve(opened, config, listener)


def _with_options(config: ServiceConfig, options: Options) -> ServiceConfig:
    at = config.listen
    listen = replace(
        at,
        host=at.host if options.host is None else options.host,
        port=at.port if options.port is None else options.port,
        tls_cert=str(options.tls_cert) if options.tls_cert else at.tls_cert,
        tls_key=str(options.tls_key) if options.tls_key else at.tls_key,
        insecure_bind=at.insecure_bind or options.insecure_bind,
    )
    return replace(config, listen=listen)


def _init(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already; edit it, or move it away.") from None
    sys.stdout.write(f"{path}\n")
