"""How things are shown to people: names from a disk, numbers, sizes."""

from __future__ import annotations

import os


def shown_path(path: bytes, member: str = "") -> str:
    r"""Return the path as it is shown; members of archives follow ``!/``.

    Bytes that are not UTF-8 appear as ``\xNN``, so that the text can be printed anywhere.
    """
    text = os.fsdecode(path) + (f"!/{member}" if member else "")
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def visible(text: str) -> str:
    r"""Return ``text`` with what cannot be seen escaped: control characters, turns of direction.

    ``evil\u202egpj.exe`` would otherwise read ``evilexe.jpg``.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with what it counts: ``1 file``, ``2,000 files``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def human_size(size: float) -> str:
    """Return a size in bytes as people write it."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
