"""``tidebreak doctor``: what works here, tried out, not assumed."""

from __future__ import annotations

import importlib
import json
import pkgutil
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak import __version__
from tidebreak.cli.context import console, home, plain, table
from tidebreak.errors import TidebreakError

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. ``ok`` is None where it is only information."""

    what: str
    ok: bool | None
    detail: str


def run(*, warm: bool, as_json: bool) -> None:
    """Try everything and exit with 2 when something that should work does not."""
    if warm:
        _warm()
        return
    checks = [check for part in _PARTS for check in _guarded(part)]
    if as_json:
        sys.stdout.write(json.dumps({"checks": [asdict(check) for check in checks]}) + "\n")
    else:
        grid = table("", "what", "detail")
        for check in checks:
            grid.add_row(_MARKS[check.ok], plain(check.what), plain(check.detail))
        console().print(grid)
    sys.exit(2 if any(check.ok is False for check in checks) else 0)


_MARKS = {True: "[green]works[/]", False: "[red]FAILS[/]", None: ""}


def _warm() -> None:
    """Compile module by module, and say which: on a busy machine this takes minutes."""
    from tidebreak.kernels import registered, warm

    out, started = console(), time.monotonic()
    others = ("tidebreak.matching.alignment_kernels", *_of_jobs())
    modules = tuple(dict.fromkeys((*registered(), *others)))
    for number, name in enumerate(modules, start=1):
        began = time.monotonic()
        warm(name)
        short = name.removeprefix("tidebreak.")
        out.print(f"{number:3} of {len(modules)}  {short}  {time.monotonic() - began:.1f} s")
    out.print(f"All kernels are compiled ({time.monotonic() - started:.0f} s).")


def _of_jobs() -> Iterator[str]:
    """Yield the kernel modules of jobs."""
    for job in ("tidebreak.seal", "tidebreak.sightings"):
        folder = importlib.import_module(job)
        for found in pkgutil.walk_packages(folder.__path__, f"{job}."):
            if found.name.endswith("_kernels"):
                yield found.name


def _guarded(part: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Run one part; whatever it raises is a finding, not the end of the examination."""
    try:
        yield from part()
    except Exception as error:
        detail = str(error) if isinstance(error, TidebreakError) else repr(error)
        yield Check(part.__name__.strip("_").replace("_", " "), False, detail)


def _machine() -> Iterator[Check]:
    import numba
    import numpy

    yield Check("tidebreak", None, f"{__version__} on Python {platform.python_version()}")
    yield Check("machine", None, f"{platform.system()} {platform.release()}, {platform.machine()}")
    yield Check("libraries", None, f"numpy {numpy.__version__}, numba {numba.__version__}")


def _codecs() -> Iterator[Check]:
    import importlib.util

    from PIL import features

    for codec in ("jpg", "zlib", "libtiff", "webp", "avif"):
        found = bool(features.check(codec))
        yield Check(f"pictures: {codec}", found, features.version(codec) or "not in this Pillow")
    for module, extra in _EXTRAS:
        present = importlib.util.find_spec(module) is not None
        hint = "installed" if present else f"not installed: pip install 'tidebreak[{extra}]'"
        yield Check(f"extra: {extra}", True if present else None, hint)


_EXTRAS = (
    ("pillow_heif", "heif"),
    ("py7zr", "7z"),
    ("av", "video"),
    ("cv2", "verify"),
    ("onnxruntime", "onnx"),
)


def _kernels() -> Iterator[Check]:
    from tidebreak.kernels import warm

    started = time.monotonic()
    warm()
    yield Check("kernels", True, f"compiled or loaded in {time.monotonic() - started:.1f} s")


def _digests() -> Iterator[Check]:
    """Published vectors through the very code that scans (RFC 1321, FIPS 180, THEX, BEP 52)."""
    from tidebreak.hashing.digests import Digester

    digester = Digester()
    digester.update(b"The quick brown fox jumps over the lazy dog")
    found = {signal.type.name: signal.text for signal in digester.finish()}
    wrong = [name for name, text in _VECTORS.items() if found.get(name) != text]
    detail = f"wrong: {', '.join(wrong)}" if wrong else f"{len(_VECTORS)} published vectors agree"
    yield Check("identifiers", not wrong, detail)


_VECTORS = {
    "md5": "9e107d9d372bb6826bd81d3542a419d6",
    "sha1": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "ed2k": "1bee69a46ba811185c194762abaeae90",
    "tth": "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORY",
    "btv2": "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
    "cid-v0": "QmSXpkKkXMnsqWEnWYAokFuyQUxQ1pR1FgbnpyKNrJdPwV",
    "cid-raw": "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi",
}


def _sandbox() -> Iterator[Check]:
    from tidebreak.media.pool import WorkerPool
    from tidebreak.media.sandbox import self_test
    from tidebreak.settings import Settings

    with WorkerPool(Settings(), workers=1) as pool:
        posture = pool.posture
        detail = f"{posture.level} of 4: {posture.summary}"
        yield Check("sandbox level", posture.level >= 2, detail)
    for what, held, detail in self_test():
        yield Check(f"sandbox: {what}", held, detail)


def _installation() -> Iterator[Check]:
    from tidebreak.installation import Tidebreak
    from tidebreak.lists import publish

    if not (home() / "settings.toml").exists():
        yield Check("installation", None, f"none at {home()}; make one: tidebreak init")
        return
    with Tidebreak.open(home()) as opened:
        yield Check("installation", True, str(opened.home))
        yield Check("key", True, f"{opened.settings.key_file}, and it is the right one")
        if Path(opened.settings.key_file).resolve().is_relative_to(opened.home.resolve()):
            yield Check("key", None, "it lies inside the data: whoever copies one has both")
        snapshot = opened.snapshot
        publish.verify(snapshot)
        detail = f"{snapshot.near_count:,} near hashes and {snapshot.exact_count:,} seals"
        yield Check("index", True, f"{detail}; every checksum agrees")
        audit = opened.audit.verify()
        yield Check("audit log", audit.intact, audit.reason or f"{audit.events:,} events, unbroken")
        known = opened.known_vectors()
        for name, count in (known.counts() if known else {}).items():
            yield Check(f"descriptor: {name}", None, f"{count:,} known vectors")
        yield from _scenes(opened)
        free = shutil.disk_usage(opened.home).free / 1e9
        yield Check("disk", free > 1, f"{free:,.1f} GB free at {opened.home}")


def _scenes(opened: Tidebreak) -> Iterator[Check]:
    scenes = opened.scenes.known() if opened.settings.verify else None
    if scenes is None:
        return
    detail = f"{len(scenes):,} local features"
    if scenes.unreadable:
        detail += (
            f"; those of {scenes.unreadable:,} pictures are of another version and can never be"
            " found: enrol the media again, or import a newer list"
        )
    yield Check("verified tier", not scenes.unreadable, detail)


_PARTS = (_machine, _codecs, _kernels, _digests, _sandbox, _installation)
