"""Tidebreak recognises known material by the content itself.

``tidebreak.open(home)`` opens an installation; everything else hangs off what it returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidebreak.version import VERSION as __version__

if TYPE_CHECKING:
    from pathlib import Path

    from tidebreak.installation import Tidebreak

__all__ = ["__version__", "open"]


def open(home: str | Path | None = None) -> Tidebreak:
    """Open the installation at ``home`` (default: as the command line finds it).

    Raises `tidebreak.errors.NotInstalled` when there is none.
    """
    from tidebreak.installation import Tidebreak

    return Tidebreak.open(home)
