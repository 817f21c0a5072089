"""Before a watch: may it start, and is everything there that it needs."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence

from tidebreak.errors import UsageError
from tidebreak.model import Depth
from tidebreak.settings import Settings
from tidebreak.watch.recognition import Known, Lists
from tidebreak.watch.run import Watch
from tidebreak.watch.sources import Source, Transport, sources_of
from tidebreak.watch.webhook import Webhook


def watch(
    lists: Lists,
    settings: Settings,
    addresses: Sequence[str],
    names: Sequence[str] = (),
    depth: Depth | None = None,
    webhook: str = "",
    secret: bytes = b"",
) -> Watch:
    """Return a watch that has not begun; raises `UsageError` where something is missing.

    Arguments are those of `tidebreak.installation.Tidebreak.watch`.
    """
    sources = sources_of(addresses, names)
    program = needed_program(sources)
    if not any(item.enabled for item in lists.catalogue.lists()):
        raise UsageError(
            "No hash list is enabled, so nothing could be recognised; "
            "import one first: tidebreak lists import FILE --name NAME --kind contraband"
        )
    lists.snapshot.verify()  # a disk that lost a bit must not lose a match
    hook = Webhook(webhook, secret) if webhook else None
    return Watch(sources, Known.of(lists, depth), settings, program=program, webhook=hook)


def needed_program(sources: Sequence[Source]) -> str:
    """Return where ffmpeg is, if it is needed; raises `UsageError` for what is missing."""
    if importlib.util.find_spec("av") is None:
        raise UsageError("Watching streams needs the extra [video]: pip install 'tidebreak[video]'")
    needed = [source for source in sources if source.transport is Transport.FFMPEG]
    program = shutil.which("ffmpeg") if needed else ""
    if program is None:
        raise UsageError(
            f"{needed[0].scheme.upper()} is received by the program ffmpeg, which is not here; "
            "install it: apt install ffmpeg"
        )
    return program
