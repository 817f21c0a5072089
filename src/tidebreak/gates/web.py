"""HTTP to a client's own interface: bounded, without proxies, errors in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tidebreak import secret_files
from tidebreak.errors import TidebreakError, UsageError

_SECONDS = 20.0


class NoAnswer(TidebreakError):
    """The client's interface does not answer, or refuses."""


class Web:
    """Requests to the interface of ``program`` at ``address``."""

    def __init__(self, program: str, address: str, auth: tuple[str, str] | None = None) -> None:
        """Raises `UsageError` for an address that cannot be one."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise UsageError(
                f"The address of {program} is http://host:port… without a user; give that with"
                " --user and --password-file."
            )
        self._program = program
        self._client = httpx.Client(
            base_url=address, timeout=_SECONDS, trust_env=False, auth=auth, follow_redirects=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Return the answer, whatever its status; raises `NoAnswer` when there is none."""
        try:
            return self._client.request(method, path, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(
                f"{self._program} does not answer ({type(error).__name__}); see that it runs, and"
                " that its interface is on."
            ) from None

    def refused(self, answer: httpx.Response) -> NoAnswer:
        """Return the error for an answer that is none."""
        if answer.status_code in (401, 403):
            return NoAnswer(f"{self._program} does not let the gate in; check user and password.")
        return NoAnswer(f"{self._program} answered with status {answer.status_code}.")


def secret_in(file: Path | None) -> str:
    """Return the first line of a file that holds a password or token, "" for no file.

    Raises `UsageError`, also where others may read it, and where it is empty: that must not mean
    that no secret is asked for.
    """
    if file is None:
        return ""
    text = secret_files.read(file, "secret file", "name another", UsageError)
    secret = text.partition("\n")[0].strip()
    if not secret:
        raise UsageError(f"{file} is empty; put the secret into its first line.")
    return secret
