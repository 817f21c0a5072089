"""One signal per line: bare, or ``type value`` as ``tx`` of python-threatexchange writes it.

A bare value's type follows from its length where that leaves no doubt: 32 hexadecimal digits
are MD5 (not ed2k, which must be said), 40 SHA-1, 39 base32 characters TTH. 64 digits may be
several types and must be said.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tidebreak.errors import BadList
from tidebreak.lists.batch import BadRow, Batch, Column
from tidebreak.lists.formats import Format, register
from tidebreak.lists.lines import Block, blocks
from tidebreak.lists.source import Source
from tidebreak.lists.values import decode, decode_hex_block, types_of_bare
from tidebreak.signals import SignalType, TextForm, find_signal_type

_LF, _CR = 10, 13


def detect(source: Source) -> bool:
    """Whether the first line that says something is a signal."""
    for line in source.text_head().splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            return _typed(text) is not None or bool(types_of_bare(text))
    return False


def read(source: Source) -> Iterator[Batch]:
    """Yield the signals of ``source``, each an entry of its own."""
    with source.open_bytes() as file:
        for block in blocks(file):
            yield _regular(block, source.type) or _irregular(block, source.type)


def _regular(block: Block, wanted: SignalType | None) -> Batch | None:
    """The fast way: every line of the block is a bare value in hexadecimal of one length."""
    stride = block.data.find(b"\n") + 1
    if stride < 2 or len(block.data) % stride:
        return None
    table = np.frombuffer(block.data, np.uint8).reshape(-1, stride)
    width = stride - (2 if table[0, -2] == _CR else 1)
    ends = table[:, width:]
    if not ((ends[:, -1] == _LF).all() and (ends[:, :-1] == _CR).all()):
        return None
    kinds = (wanted,) if wanted else types_of_bare(block.data[:width].decode("latin-1"))
    if len(kinds) != 1 or kinds[0].form is TextForm.CID or kinds[0].length * 2 != width:
        return None
    values = decode_hex_block(table[:, :width])
    if values is None:
        return None
    count = len(values)
    rows = np.arange(count, dtype=np.uint32)
    lines = np.arange(block.line, block.line + count, dtype=np.int64)
    return Batch(lines, (Column(kinds[0], rows, values),))


def _irregular(block: Block, wanted: SignalType | None) -> Batch:
    lines: list[int] = []
    bad: dict[int, str] = {}
    texts: list[str] = []
    by_type: dict[SignalType, list[int]] = {}
    values: list[str] = []
    for line, text in block.texts():
        text = text.strip()
        if not text or text.startswith("#"):
            continue
        row = len(lines)
        lines.append(line)
        texts.append(text)
        kind, value = _typed(text) or (_bare(text, wanted, line), text)
        values.append(value)
        if kind is None:
            bad[row] = f"{len(text)} characters that are no signal"
        else:
            by_type.setdefault(kind, []).append(row)
    columns: list[Column] = []
    for kind, rows in by_type.items():
        found, wrong = decode(kind, [values[row] for row in rows])
        places = np.array(rows, np.uint32)
        columns += [Column(kind, places[column.rows], column.values) for column in found]
        bad |= {rows[row]: reason for row, reason in wrong.items()}
    good = np.ones(len(lines), np.bool_)
    good[list(bad)] = False
    rejected = tuple(BadRow(lines[row], bad[row], texts[row]) for row in sorted(bad))
    return Batch(np.array(lines, np.int64), tuple(columns), bad=rejected).only(good)


def _typed(text: str) -> tuple[SignalType, str] | None:
    """Return the type and value of ``type value`` or ``type:value``."""
    name, _, value = text.partition(" ")
    if not value:
        name, _, value = text.partition(":")
    if not value:
        name, _, value = text.partition("\t")
    kind = find_signal_type(name) if value else None
    return None if kind is None else (kind, value.strip())


def _bare(text: str, wanted: SignalType | None, line: int) -> SignalType | None:
    if wanted is not None:
        return wanted
    kinds = types_of_bare(text)
    if len(kinds) > 1:
        names = [kind.name for kind in kinds]
        raise BadList(
            f"line {line}: {len(text)} hexadecimal digits may be {', '.join(names[:-1])} or"
            f" {names[-1]}; say which with --format, for instance --format {names[0]}.",
            line,
        )
    return kinds[0] if kinds else None


register(Format("lines", "one signal per line, bare or 'type value'", 50, detect, read))
