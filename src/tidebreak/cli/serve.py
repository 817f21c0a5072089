"""``tidebreak serve``: screening over HTTP, in front of what platforms already run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import home, installation
from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak
    from tidebreak.service.config import ServiceConfig


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen at.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="The certificate, with its chain.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's key.")] = None,
    insecure_bind: Annotated[
        bool, typer.Option("--insecure-bind", help="Let others reach it without TLS.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Show the configuration in force, and end.")
    ] = False,
    init: Annotated[
        bool, typer.Option("--init", help="Write a service.toml that explains itself, and end.")
    ] = False,
) -> None:
    """Screen uploads for platforms over HTTP, until stopped.

    Configured in service.toml in the home.
    """
    from tidebreak.service import config as configuring

    if init:
        _init(home() / configuring.FILE, configuring.template())
        return
    given = {
        "host": host,
        "port": port,
        "tls_cert": str(tls_cert) if tls_cert else None,
        "tls_key": str(tls_key) if tls_key else None,
        "insecure_bind": insecure_bind or None,
    }
    with installation() as opened:
        config = configuring.load(opened.home)
        changes = {name: value for name, value in given.items() if value is not None}
        config = replace(config, listen=replace(config.listen, **changes))
        if check:
            from tidebreak.service import gates

            gates.check(config.gates, opened)
            sys.stdout.write(configuring.shown(config))
        else:
            _serve(opened, config)


def _serve(opened: Tidebreak, config: ServiceConfig) -> None:
    try:
        from tidebreak.service import serving
    except ImportError as error:
        raise UsageError(
            f"The service needs {error.name}: pip install 'tidebreak[service]'"
        ) from None
    listener = serving.listen(config.listen)
    scheme = "https" if config.listen.tls_cert else "http"
    address = f"{config.listen.host}:{listener.getsockname()[1]}"

    def ready() -> None:
        sys.stderr.write(f"Tidebreak at {scheme}://{address}\n")

    serving.serve(opened, config, listener, ready)


def _init(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already; edit it, or move it away.") from None
    sys.stdout.write(f"{path}\n")
