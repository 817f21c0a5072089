"""Configuration: one readable TOML file, every value of which the environment may override.

``settings.toml`` lives in the installation's home. ``TIDEBREAK_LIMITS__FILE_BYTES=1000`` in the
environment overrides ``file_bytes`` of ``[limits]``. Unknown names are errors, not ignored.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from tidebreak.errors import UsageError
from tidebreak.model import Depth

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. Reaching a limit is a result of that file, never a silent pass."""

    picture_bytes: Annotated[
        int, "Largest picture that is decoded; larger files still get every exact signal."
    ] = 200 * MIB
    frame_pixels: Annotated[int, "Pixels of one frame."] = 179_000_000
    total_pixels: Annotated[int, "Pixels of all frames of one file together."] = 1_000_000_000
    frames: Annotated[
        int, "Frames or pages hashed per file, spread evenly where there are more; at most 1024."
    ] = 1000
    archive_depth: Annotated[int, "Archives inside archives."] = 3
    archive_members: Annotated[int, "Members of one archive."] = 1_000_000
    archive_ratio: Annotated[
        int, "Unpacked bytes per packed byte, once more than 64 MiB have come out."
    ] = 200
    archive_bytes: Annotated[int, "Unpacked bytes of one top-level archive."] = 50 * GIB
    archive_seconds: Annotated[
        float,
        "Wall clock for the walk of one top-level archive; each member has ``seconds`` besides.",
    ] = 3600.0
    nested_bytes: Annotated[
        int, "Size of an archive inside an archive, which is held in memory."
    ] = 256 * MIB
    seconds: Annotated[
        float, "Wall clock per file, with one second more for every 20 MB of its size."
    ] = 60.0
    video_seconds: Annotated[
        float,
        "Wall clock for one video; what is left then is examined by keyframes, at most as long.",
    ] = 1200.0
    video_frames: Annotated[
        int, "Frame hashes kept per video; where there are more, fewer are kept per second."
    ] = 1_000_000
    memory_bytes: Annotated[int, "Address space of one worker."] = 4 * GIB


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured."""

    key_file: Annotated[
        str,
        "Where the installation's key lies; empty means the place that ``tidebreak init`` chooses.",
    ] = ""
    database: Annotated[
        str,
        "A PostgreSQL database that several replicas share, as ``postgresql://USER@HOST/NAME``"
        " without a password (``docs/storage.md``); empty means files here.",
    ] = ""
    workers: Annotated[int, "Worker processes; 0 means one per core."] = 0
    leads: Annotated[
        bool, "Whether distances that mean no more than a lead are searched and shown."
    ] = True
    sandbox_minimum: Annotated[
        int, "The lowest sandbox level (1 to 4) at which a scan may start."
    ] = 2
    depth: Annotated[
        Depth,
        "How much is tried to see through what was done to a picture: fast, standard or deep.",
    ] = Depth.STANDARD
    verify: Annotated[
        bool,
        "Keep local features of enrolled pictures, as telling as thumbnails, and look for their"
        " scenes (``docs/verified.md``; extra ``[verify]``).",
    ] = False
    regions: Annotated[
        bool,
        "Compare pictures with the regions of enrolled media, too, where a list has them.",
    ] = True
    heif: Annotated[bool, "Decode HEIC where the extra ``[heif]`` is installed."] = True
    limits: Limits = field(default_factory=Limits)


_NOT_SETTINGS = ("TIDEBREAK_HOME", "TIDEBREAK_REQUIRE_ALL")
"""Variables of that prefix that mean something else."""
_TEXTS = tuple(item.name for item in fields(Settings) if isinstance(item.default, str))


def load(home: Path) -> Settings:
    """Return the settings of the installation at ``home``; raise `UsageError` for a bad one."""
    path = home / "settings.toml"
    values: dict[str, Any] = {}
    if path.exists():
        values = _read(path)
    return _fill(Settings(), _with_environment(values), str(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML ({error}); correct it.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text; correct it or restore it.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); correct that.") from None
    if not isinstance(values.get("limits", {}), dict):
        raise UsageError(f"{path}: 'limits' must be a table: write [limits] on a line of its own.")
    return values


def _with_environment(values: dict[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    known = {f"TIDEBREAK_{name.upper()}": (name,) for name in _names(Settings) if name != "limits"}
    known |= {f"TIDEBREAK_LIMITS__{name.upper()}": ("limits", name) for name in _names(Limits)}
    for variable in sorted(name for name in os.environ if name.startswith("TIDEBREAK_")):
        place = known.get(variable)
        if place is None:
            if variable not in _NOT_SETTINGS:
                raise UsageError(f"The environment's {variable} is no setting; correct its name.")
            continue
        text = os.environ[variable]
        value = text if place[-1] in _TEXTS else _from_text(text)
        # On its own first, so that a bad value is blamed on its variable.
        base = Settings() if len(place) == 1 else Limits()
        _fill(base, {place[-1]: value}, f"The environment's {variable}")
        if len(place) == 1:
            merged[place[0]] = value
        else:
            merged["limits"] = {**merged.get("limits", {}), place[1]: value}
    return merged


def _names(kind: type) -> list[str]:
    return [item.name for item in fields(kind)]


def _from_text(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _fill(base: Any, values: dict[str, Any], where: str) -> Any:
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name not in _names(type(base)):
            known = ", ".join(_names(type(base)))
            raise UsageError(f"{where}: unknown setting '{name}'; known here: {known}.")
        current = getattr(base, name)
        if isinstance(current, Limits):
            changes[name] = _fill(current, dict(value), f"{where}, [limits]")
            continue
        if isinstance(current, Depth) and value in tuple(Depth):
            value = Depth(value)
        if type(current) is float and type(value) is int:
            value = float(value)
        if type(value) is not type(current):
            wanted = _wanted(current)
            raise UsageError(f"{where}: '{name}' must be {wanted}, not {value!r}.")
        if not isinstance(value, (bool, str)) and not value >= 0:  # nan, too
            raise UsageError(f"{where}: '{name}' must not be negative.")
        changes[name] = value
    return replace(base, **changes)


def _wanted(current: object) -> str:
    return ", ".join(Depth) if isinstance(current, Depth) else type(current).__name__


def template() -> str:
    """Return a ``settings.toml`` with every setting explained, at its default, commented out."""
    lines = ["# Settings of this installation. Remove the # before a name to change it.", ""]
    lines += _explained(Settings())
    lines += ["[limits]", *_explained(Limits())]
    return "\n".join(lines).rstrip() + "\n"


def _explained(values: Any) -> list[str]:
    kind = type(values)
    explained = get_type_hints(kind, include_extras=True)
    lines: list[str] = []
    for name in _names(kind):
        if name != "limits":
            value = _to_text(getattr(values, name))
            lines += [f"# {explained[name].__metadata__[0]}", f"# {name} = {value}", ""]
    return lines


def _to_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value!r}"
