"""What is fetched from where, and how much of it at most."""

from __future__ import annotations

from dataclasses import dataclass

MEDIA_TYPES = (
    "image/*", "video/*", "audio/*", "application/octet-stream", "binary/octet-stream",
    "application/zip", "application/x-zip-compressed", "application/gzip", "application/x-gzip",
    "application/x-tar", "application/x-7z-compressed", "application/vnd.rar", "application/x-rar",
    "application/x-rar-compressed", "application/x-bzip2", "application/x-xz", "application/zstd",
    "application/pdf", "application/dicom", "application/mp4", "application/ogg",
)  # fmt: skip
"""Types that are taken by default. What it is in truth, its bytes decide later."""


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """The section ``[fetch]`` of ``service.toml``.

    ``bytes`` and ``seconds`` are of one fetch with all its redirects, ``idle_seconds`` of one
    pause. ``hosts`` are the only ones that are asked, ``.example.org`` means all below it; empty:
    any public one. ``types`` are media types, ``image/*`` means all of a kind. ``refuse`` are
    further networks to which no connection is made, such as the operator's own public ones.
    """

    enabled: bool = False
    bytes: int = 100_000_000
    seconds: float = 30.0
    idle_seconds: float = 5.0
    connect_seconds: float = 5.0
    redirects: int = 5
    at_once: int = 8
    ports: tuple[int, ...] = (80, 443)
    hosts: tuple[str, ...] = ()
    types: tuple[str, ...] = MEDIA_TYPES
    refuse: tuple[str, ...] = ()
    ca_file: str = ""
    """Certificates of authorities that are trusted instead of the system's own."""

    def takes(self, media_type: str) -> bool:
        """Whether content of a media type, in small letters, is taken."""
        kind, slash, _ = media_type.partition("/")
        return media_type in self.types or (bool(slash) and f"{kind}/*" in self.types)
