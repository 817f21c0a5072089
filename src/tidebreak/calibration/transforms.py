"""What people do to pictures, as pure seeded functions: the suite, and edits held out from it.

The suite's 31 edits are those of ``docs/robustness.md``, their parameters stand in this table and
nowhere else. The *held-out* ones are measured but never developed against. Whatever an edit
draws (offsets, colours, words, gutters, the quality of the file at the end) comes from the
generator that it is given, so a seed repeats it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tidebreak.calibration import framing, screens, tones
from tidebreak.calibration.drawing import Picture, Rng, scene, whole
from tidebreak.errors import UsageError

Edit = Callable[..., Picture]
"""Takes a picture and a generator, and a list of further pictures where it shows any."""

SAVED_AT = (75, 95)
"""JPEG qualities between which an edited picture is saved at the end."""


@dataclass(frozen=True, slots=True)
class Transform:
    """One edit. ``others`` is how many further pictures it needs beside the one edited.

    ``quality`` is that of the JPEG file at the end, None for one drawn from `SAVED_AT`.
    """

    name: str
    edit: Edit
    others: int = 0
    quality: int | None = None
    held_out: bool = False


def apply(name: str, picture: Picture, rng: Rng, others: Sequence[Picture] = ()) -> Picture:
    """Return what edit ``name`` makes of ``picture`` (mode RGB), saved as JPEG and read again.

    Where the edit needs further pictures, they are drawn from ``others``, or invented when
    there are none. Raises `UsageError` for an unknown name.
    """
    transform = TRANSFORMS.get(name)
    if transform is None:
        raise UsageError(f"Unknown transform '{name}'; take one of: {', '.join(TRANSFORMS)}.")
    further = [_further(transform.others, rng, others)] if transform.others else []
    edited = transform.edit(picture, rng, *further)
    quality = whole(rng, *SAVED_AT) if transform.quality is None else transform.quality
    return tones.recoded(edited, quality)


def rng_for(seed: int, *names: str) -> Rng:
    """Return a generator that depends on ``seed`` and ``names`` alone, not on any order."""
    text = "\0".join((str(seed), *names)).encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest()[:16], "big"))


def _further(count: int, rng: Rng, others: Sequence[Picture]) -> list[Picture]:
    chosen = rng.permutation(len(others))[:count].tolist()
    found = [others[place] for place in chosen]
    return found + [scene(rng, 640, 480) for _ in range(count - len(found))]


def _as_is(picture: Picture, _: Rng) -> Picture:
    return picture


def _combined(picture: Picture, rng: Rng) -> Picture:
    small = tones.scaled(picture, rng, 0.5)
    return framing.captioned_over(tones.cropped(small, rng, 0.05), rng, 0.15)


def _cropped_twice(picture: Picture, rng: Rng) -> Picture:
    return tones.cropped(tones.cropped(picture, rng, 0.05), rng, 0.05)


def _mirrored_and_bordered(picture: Picture, rng: Rng) -> Picture:
    mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return framing.bordered(mirrored, rng, 0.08, 255)


def _shot_twice(picture: Picture, rng: Rng) -> Picture:
    return screens.screenshot(screens.screenshot(picture, rng), rng)


def _polaroid(picture: Picture, rng: Rng) -> Picture:
    edge = round(min(picture.size) * 0.07)
    return framing.framed(picture, (edge, edge, edge, 3 * edge), (248, 246, 240))


def _suite() -> list[Transform]:
    turn = Image.Transpose
    return [
        *(Transform(f"jpeg {quality}", _as_is, quality=quality) for quality in (90, 50, 20)),
        *(Transform(f"resize {by}", partial(tones.scaled, by=by)) for by in (0.5, 0.25)),
        *(
            Transform(f"crop {share}", partial(tones.cropped, share=share / 100))
            for share in (2, 5, 10, 20, 40)
        ),
        Transform("border white 10", partial(framing.bordered, share=0.10, level=255)),
        Transform("border black 5", partial(framing.bordered, share=0.05, level=0)),
        Transform("caption overlay", partial(framing.captioned_over, share=0.15)),
        Transform("caption bar", framing.captioned_beside),
        Transform("watermark text", tones.watermarked),
        Transform("greyscale", tones.grey),
        Transform("brightness +30", partial(tones.brighter, by=1.3)),
        Transform("brightness -30", partial(tones.brighter, by=0.7)),
        Transform("contrast +40", partial(tones.contrasted, by=1.4)),
        Transform("blur 2", partial(tones.blurred, radius=2.0)),
        Transform("noise 15", partial(tones.noisy, sigma=15.0)),
        Transform("mirror", partial(tones.turned, how=turn.FLIP_LEFT_RIGHT)),
        Transform("rotate 90", partial(tones.turned, how=turn.ROTATE_90)),
        Transform("rotate 180", partial(tones.turned, how=turn.ROTATE_180)),
        Transform("rotate 3", partial(framing.rotated, degrees=3.0)),
        Transform("rotate 10", partial(framing.rotated, degrees=10.0)),
        Transform("letterbox", partial(framing.letterboxed, across=9, down=16)),
        Transform("screenshot", screens.screenshot),
        Transform("blurred padding", partial(framing.story, across=9, down=16)),
        Transform("collage 2", framing.collage, others=1),
        Transform("combo", _combined, quality=50),
    ]


def _held_out() -> list[Transform]:
    keep = partial(Transform, held_out=True)
    return [
        keep("crop 5 twice", _cropped_twice),
        keep("rotate 3 inner", partial(framing.straightened, degrees=3.0)),
        keep("rotate 10 inner", partial(framing.straightened, degrees=10.0)),
        keep("rotate 6", partial(framing.rotated, degrees=6.0)),
        keep("stretch 10", partial(tones.stretched, by=1.1)),
        keep("filter", tones.filtered),
        keep("gradient border", partial(framing.gradient_bordered, share=0.1)),
        keep("polaroid", _polaroid),
        keep("mirror and border", _mirrored_and_bordered),
        keep("meme", framing.memed),
        keep("collage 3", framing.collage, others=2),
        keep("collage 4", framing.grid, others=3),
        keep("picture in picture", framing.inset, others=1),
        keep("rounded screenshot", partial(screens.screenshot, corner=5)),
        keep("desktop window", screens.desktop),
        keep("screenshot twice", _shot_twice),
    ]


TRANSFORMS = {transform.name: transform for transform in (*_suite(), *_held_out())}
"""Every edit by name: the suite's in the order of its table, then the held-out ones."""

SUITE = tuple(name for name, transform in TRANSFORMS.items() if not transform.held_out)
HELD_OUT = tuple(name for name, transform in TRANSFORMS.items() if transform.held_out)

CORE = (
    "jpeg 90", "jpeg 50", "jpeg 20", "resize 0.5", "resize 0.25", "crop 5", "crop 10", "crop 20",
    "border white 10", "caption overlay", "greyscale", "brightness +30", "mirror", "rotate 90",
    "letterbox", "screenshot",
)  # fmt: skip
"""The sixteen of the suite that are met most."""
