"""The local features of a picture, for the verified tier: the picture is decoded for them alone."""

from __future__ import annotations

from dataclasses import replace

from tidebreak.errors import UsageError
from tidebreak.media.decoders import decoder_for
from tidebreak.media.features import KNOWN, QUERY, extract
from tidebreak.media.pixels import NoPixels, canonical
from tidebreak.media.reasons import joined, told
from tidebreak.model import Examination
from tidebreak.settings import Settings


def with_features(
    found: Examination, data: bytes, settings: Settings, *, known: bool
) -> Examination:
    """Return ``found`` with the features of the picture in ``data``, or why it has none.

    ``known`` makes those that a list keeps, else those of a query.
    """
    if found.trivial:
        return found
    try:
        with decoder_for(data, heif=settings.heif) as image:
            if image.width * image.height > settings.limits.frame_pixels:
                return found  # which has been said
            image.load()
            features = extract(canonical(image), KNOWN if known else QUERY, mirrored=not known)
    except MemoryError:
        raise
    except NoPixels:
        return found  # which has been said
    except UsageError as error:
        return replace(found, reason=joined(found.reason, f"no local features: {error}"))
    except Exception as error:  # decoders raise whatever they like on damaged input
        return replace(found, reason=joined(found.reason, f"no local features: {told(error)}"))
    note = "" if features.tells_enough else "too little texture for the verified tier"
    return replace(found, features=features.pack(), note=joined(found.note, note))
