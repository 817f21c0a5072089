"""Where a named module lies and what is in it, found out without running any of it."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

from tidebreak.errors import UsageError

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


def place_of(module: str) -> Path:
    """Return the file or folder of ``module``; raises `UsageError` when it is not installed.

    Finding a submodule the usual way would run the package that holds it, so that is looked
    through by hand.
    """
    if not _MODULE.fullmatch(module):
        raise UsageError("Name a Python module, such as my_package.my_plugin.")
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    if spec and spec.origin and not places:
        places = [Path(spec.origin)]
    for name in inner:
        places = [found for place in places if (found := _inside(place, name))]
    if not places:
        raise UsageError(
            f"There is no module '{module}' in this Python's environment; install its package."
        )
    return places[0]


def folder_of(module: str) -> Path:
    """Return the folder from which ``module`` is imported; raises `UsageError` as `place_of`."""
    return place_of(module.partition(".")[0]).parent.resolve()


def digest_of(place: Path) -> str:
    """Return a SHA-256, in hex, of every file of a module; raises `UsageError`.

    What it imports from elsewhere does not count.
    """
    whole = hashlib.sha256()
    try:
        for name, path in _files(place):
            whole.update(name.encode() + b"\x00" + hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:
        raise UsageError(f"{place} cannot be read ({error.strerror}); correct that.") from None
    return whole.hexdigest()


def _inside(place: Path, name: str) -> Path | None:
    if (place / name).is_dir():
        return place / name
    return next((path for path in sorted(place.glob(f"{name}.*")) if path.is_file()), None)


def _files(place: Path) -> Iterator[tuple[str, Path]]:
    if place.is_file():
        yield place.name, place
        return
    for path in sorted(place.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(place).as_posix(), path
