"""What a video found in a file means: the evidence, the rules, and the level that follows.

The reasons and the measurements behind the numbers are in docs/video.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.model import Level, Range, Thresholds


@dataclass(frozen=True, slots=True)
class SequenceRules:
    """What must be found of a known video for each level.

    ``radius`` is the distance up to which two frames count as one picture, ``widest`` that up to
    which they are compared at all; frames below ``quality`` never are.

    A video is found *in step* when ``frames`` that differ from one another match over ``seconds``
    (``wide_seconds`` where their median distance is beyond ``radius``) and stand out. Within
    ``still_distance`` they always do; else the rest of the known video must be ``contrast`` times
    further off, or, beyond ``radius``, ``unlike`` bits and ``wide_margin`` further.

    It is *much* when it is ``known_fraction`` of the known video, ``file_fraction`` of this file,
    or lasts ``long_seconds``. Much in step is near. A video that hardly changes has no steps:
    ``still_fraction`` of it within ``still_distance`` is near, too.
    """

    radius: int = 31
    widest: int = 72
    quality: int = 50
    frames: int = 3
    seconds: float = 1.0
    wide_seconds: float = 2.0
    contrast: float = 1.5
    unlike: int = 64
    wide_margin: int = 14
    known_fraction: float = 0.3
    file_fraction: float = 0.5
    long_seconds: float = 10.0
    still_fraction: float = 0.5
    still_distance: int = 16


def rules_of(limits: Thresholds) -> SequenceRules:
    """Return the rules for the videos of a list with ``limits``."""
    still = min(limits.near, SequenceRules().still_distance)
    return SequenceRules(radius=limits.near, quality=limits.quality, still_distance=still)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A known video in a file: how much of it, how much of the file, and where.

    ``ranges`` has (start and end in the file, start and end in the known video) in seconds.
    ``frames`` counts the matched frames that differ from one another. ``distance`` is the median
    over the matched frames, ``elsewhere`` that of their distance from the nearest frame of the rest
    of the known video, ``quality`` that of their quality; ``track`` is the view of the file that
    matched most.
    """

    known_fraction: float
    file_fraction: float
    ranges: tuple[Range, ...]
    frames: int
    distance: int
    elsewhere: int
    track: int
    quality: int

    @property
    def seconds(self) -> float:
        """How much of the file it is."""
        return sum(end - start for start, end, _, _ in self.ranges)


def level_of(found: Evidence, rules: SequenceRules) -> Level:
    """Return what a match means under ``rules``."""
    in_step, much = _in_step(found, rules), _much(found, rules)
    most = found.known_fraction >= rules.still_fraction
    if (in_step and much) or (most and found.distance <= rules.still_distance):
        return Level.NEAR
    alike = found.distance <= rules.radius and (most or (much and found.frames > 1))
    return Level.POSSIBLE if in_step or alike else Level.LEAD


def _in_step(found: Evidence, rules: SequenceRules) -> bool:
    """Whether the videos run in step beyond chance."""
    seconds = rules.seconds if found.distance <= rules.radius else rules.wide_seconds
    return found.frames >= rules.frames and found.seconds >= seconds and _stands_out(found, rules)


def _stands_out(found: Evidence, rules: SequenceRules) -> bool:
    """Whether frames resemble those beside them, and the rest of the known video clearly less.

    Other recordings of the same room resemble each other wherever they are put side by side.
    """
    if found.distance <= rules.still_distance:
        return True
    if found.distance <= rules.radius:
        return found.elsewhere >= rules.contrast * found.distance
    return found.elsewhere >= max(rules.unlike, found.distance + rules.wide_margin)


def _much(found: Evidence, rules: SequenceRules) -> bool:
    return (
        found.known_fraction >= rules.known_fraction
        or found.file_fraction >= rules.file_fraction
        or found.seconds >= rules.long_seconds
    )
