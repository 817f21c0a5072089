"""Kernels that read a column of texts (`tidebreak.sightings.texts`) at once.

Each takes a column's ``data``, ``begins`` and ``ends`` and writes one value per text; what a text
is not is said, never guessed: the callers count it with a reason.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidebreak.hashing.arrays import Bytes, Ints, readonly
from tidebreak.kernels import inlined, kernel, warmable
from tidebreak.sightings.texts import Mask, Texts

NAIVE = np.int64(1 << 40)
"""Stands for the zone of a time that names none."""


_BAD = 16
_NIBBLES = np.full(256, _BAD, np.uint8)
for _digit, _pair in enumerate(("0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
                                "aA", "bB", "cC", "dD", "eE", "fF")):  # fmt: skip
    _NIBBLES[[ord(_letter) for _letter in _pair]] = _digit


@kernel
def _hex(data: Bytes, begins: Ints, ends: Ints, starts: Ints, out: Bytes, ok: Mask) -> None:
    """Write text i, decoded, from ``out[starts[i]]`` on; only where ``ok``, which it takes back."""
    for row in range(len(ok)):
        begin, length = begins[row], ends[row] - begins[row]
        ok[row] = ok[row] and length % 2 == 0
        if not ok[row]:
            continue
        bad = np.uint8(0)
        for i in range(length // 2):
            high, low = _NIBBLES[data[begin + 2 * i]], _NIBBLES[data[begin + 2 * i + 1]]
            bad |= high | low
            out[starts[row] + i] = (high << np.uint8(4)) | low
        ok[row] = bad < 16


@inlined
def _digits(data: Bytes, at: Any, count: Any) -> Any:
    """Return the number in ``count`` digits, -1 when they are none."""
    value = 0
    for i in range(at, at + count):
        digit = np.int64(data[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@kernel
def _numbers(data: Bytes, begins: Ints, ends: Ints, values: Ints) -> None:
    """Write the number of each text, its fraction cut off; -1 for what is no number."""
    for row in range(len(values)):
        begin, end = begins[row], ends[row]
        whole = begin
        while whole < end and data[whole] != 46:
            whole += 1
        values[row] = -1
        if whole == begin or whole > begin + 18 or end > whole + 19 or end == whole + 1:
            continue
        if whole == end or _digits(data, whole + 1, end - whole - 1) >= 0:
            values[row] = _digits(data, begin, whole - begin)


@kernel
def _ipv4(data: Bytes, begins: Ints, ends: Ints, out: Bytes, ok: Mask) -> None:
    """Write dotted quads to (N, 16) as mapped IPv6 addresses (RFC 4291, 2.5.5.2)."""
    for row in range(len(ok)):
        at, end, part = begins[row], ends[row], 0
        good = end - at >= 7
        while good and part < 4:
            first, value = at, 0
            while at < end and at < first + 3 and 48 <= data[at] <= 57:
                value = value * 10 + np.int64(data[at]) - 48
                at += 1
            good = at > first and value < 256 and (data[first] != 48 or at == first + 1)
            good = good and (at == end if part == 3 else at < end and data[at] == 46)
            out[row, 12 + part] = value & 255
            at += 1
            part += 1
        ok[row] = good
        if good:
            out[row, 10] = out[row, 11] = 255


@inlined
def _days(year: Any, month: Any, day: Any) -> Any:
    """Return the days since 1970 of a date of the proleptic Gregorian calendar."""
    year -= month <= 2
    shifted = (month + 9) % 12
    in_year = (153 * shifted + 2) // 5 + day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + in_year - 719468


@inlined
def _zone(data: Bytes, at: Any, end: Any) -> Any:
    """Return seconds east of UTC of ``Z``, ``+01``, ``+01:00``, ``+0100``; -1 << 40 if none."""
    wrong = -(np.int64(1) << 40)
    if at == end:
        return -wrong
    if end - at == 1:
        return np.int64(0) if data[at] | 32 == 122 else wrong
    sign = -1 if data[at] == 45 else 1
    if data[at] != 43 and data[at] != 45:
        return wrong
    colon = end - at == 6 and data[at + 3] == 58
    if not (colon or end - at == 5 or end - at == 3):
        return wrong
    hours = _digits(data, at + 1, 2)
    minutes = 0 if end - at == 3 else _digits(data, end - 2, 2)
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return wrong
    return np.int64(sign * (hours * 3600 + minutes * 60))


@kernel
def _times(data: Bytes, begins: Ints, ends: Ints, seconds: Ints, zones: Ints, ok: Mask) -> None:
    """Read ``2026-01-02T03:04:05[.678][zone]`` (RFC 3339, ISO 8601; a space may stand for T)."""
    for row in range(len(ok)):
        at, end = begins[row], ends[row]
        ok[row] = False
        if end - at < 19 or data[at + 4] != 45 or data[at + 7] != 45:
            continue
        if (data[at + 10] != 32 and data[at + 10] | 32 != 116) or data[at + 13] != 58:
            continue
        year, month, day = _digits(data, at, 4), _digits(data, at + 5, 2), _digits(data, at + 8, 2)
        hour, minute = _digits(data, at + 11, 2), _digits(data, at + 14, 2)
        second = _digits(data, at + 17, 2)
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        longest = 30 + ((month + month // 8) & 1) if month != 2 else 28 + leap
        if year < 1 or month < 1 or month > 12 or day < 1 or day > longest or data[at + 16] != 58:
            continue
        if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 60:
            continue
        rest = at + 19
        if rest < end and (data[rest] == 46 or data[rest] == 44):
            rest += 1
            while rest < end and 48 <= data[rest] <= 57:
                rest += 1
        # Some exporters leave a space before the zone.
        rest += rest < end and data[rest] == 32
        zones[row] = _zone(data, rest, end)
        seconds[row] = _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
        ok[row] = zones[row] >= -86400


@kernel
def _words(
    data: Bytes, begins: Ints, ends: Ints, known: Bytes, firsts: Ints, lasts: Ints, found: Ints
) -> None:
    """Write which of the ``known`` words each text is, whatever its case; -1 for none."""
    for row in range(len(found)):
        begin, length = begins[row], ends[row] - begins[row]
        found[row] = -1
        for word in range(len(firsts)):
            first = firsts[word]
            if lasts[word] - first != length:
                continue
            i = 0
            while i < length:
                byte = data[begin + i]
                lower = byte | 32 if 65 <= byte <= 90 else byte
                if lower != known[first + i]:
                    break
                i += 1
            if i == length:
                found[row] = word
                break


@kernel
def _packed(data: Bytes, begins: Ints, ends: Ints, out: Bytes) -> None:
    """Copy each text behind its length into a row of ``out``; longer ones are left zero."""
    room = out.shape[1] - 1
    for row in range(len(out)):
        begin, length = begins[row], ends[row] - begins[row]
        if length <= room:
            out[row, 0] = length
            for i in range(length):
                out[row, 1 + i] = data[begin + i]


def parse_hex(texts: Texts, length: int) -> tuple[Bytes, Mask]:
    """Return the values (N, length) uint8, and which texts are hexadecimal of that length."""
    out = np.zeros((len(texts), length), np.uint8)
    ok = texts.lengths == 2 * length
    starts = np.arange(len(texts), dtype=np.int64) * length
    _hex(texts.data, texts.begins, texts.ends, starts, out.reshape(-1), ok)
    return out, ok


def decode_hex(texts: Texts) -> tuple[Texts, Mask]:
    """Return texts of any length decoded, and which were hexadecimal; the others are zeros."""
    ok = np.ones(len(texts), np.bool_)
    lengths = texts.lengths // 2
    out = np.zeros(int(lengths.sum()), np.uint8)
    decoded = Texts.lined_up(out, lengths)
    _hex(texts.data, texts.begins, texts.ends, decoded.begins, out, ok)
    return Texts(readonly(out), decoded.begins, decoded.ends), ok


def parse_numbers(texts: Texts) -> Ints:
    """Return whole numbers up to 18 digits, (N,) int64, fractions cut off; -1 for anything else."""
    values = np.empty(len(texts), np.int64)
    _numbers(texts.data, texts.begins, texts.ends, values)
    return values


def parse_ipv4(texts: Texts) -> tuple[Bytes, Mask]:
    """Return IPv4 addresses mapped to IPv6, (N, 16) uint8, and which texts are such addresses."""
    out, ok = np.zeros((len(texts), 16), np.uint8), np.empty(len(texts), np.bool_)
    _ipv4(texts.data, texts.begins, texts.ends, out, ok)
    return out, ok


def parse_times(texts: Texts) -> tuple[Ints, Ints, Mask]:
    """Return seconds since 1970 as the clock showed them, zones and which texts are times.

    A zone is seconds east of UTC, or `NAIVE`. A leap second is the first of the next minute.
    """
    seconds, zones = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    ok = np.empty(len(texts), np.bool_)
    _times(texts.data, texts.begins, texts.ends, seconds, zones, ok)
    return seconds, zones, ok


def match_words(texts: Texts, known: Texts) -> Ints:
    """Return the place of each text among ``known`` (lower case), (N,) int64, -1 for none."""
    found = np.empty(len(texts), np.int64)
    _words(texts.data, texts.begins, texts.ends, known.data, known.begins, known.ends, found)
    return found


def pack(texts: Texts, width: int) -> Bytes:
    """Return rows (N, width) uint8: the length, the text, zeros; all zero for one too long."""
    out = np.zeros((len(texts), width), np.uint8)
    _packed(texts.data, texts.begins, texts.ends, out)
    return out


def warm() -> None:
    """Compile every kernel of this module."""
    one = Texts.of([b"00"])
    for call in (decode_hex, parse_numbers, parse_ipv4, parse_times):
        call(one)
    match_words(one, one)
    pack(one, 4)


warmable(__name__)
