"""Mapping files: which column of a log is what, in TOML.

::

    time = "seen_at"                 # the column
    time_format = "iso"              # or "epoch", "epoch-ms", or of strptime: "%d.%m.%Y %H:%M"
    address = "ip"
    port = "port"
    client = "peer_id"
    client_form = "hex"              # or "text", "percent"
    event = "action"
    content = { column = "infohash", type = "btih" }   # or several: [[content]]

    [constant]
    network = "bittorrent"
    grade = "B"

    [events]                         # words of this log beside those of `Event`
    have = "offered"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from tidebreak.errors import UsageError
from tidebreak.locators import looks_like_one
from tidebreak.sightings.records import Event, Grade, Network
from tidebreak.signals import SignalKind, SignalType, find_signal_type

_NAME = re.compile(r"[^\W\d][\w .-]{0,23}")

LINK = "link"
"""Instead of a signal type: the column holds links, or bare values of any kind."""


class ClientForm(StrEnum):
    """How a column writes client ids."""

    TEXT = "text"
    HEX = "hex"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class ContentColumn:
    """A column of identifiers: of one ``type``, of links, or of what another column says."""

    column: str
    type: str = ""
    type_column: str = ""

    @property
    def signal_type(self) -> SignalType | None:
        """The type of all values, None for links and where a column says it."""
        return find_signal_type(self.type) if self.type and self.type != LINK else None


EVENT_WORDS = {event.name.lower(): event for event in Event}
NETWORK_WORDS = {
    **{network.name.lower().replace("_", " "): network for network in Network},
    "torrent": Network.BITTORRENT, "ed2k": Network.EDONKEY, "emule": Network.EDONKEY,
    "dc": Network.DIRECT_CONNECT, "direct-connect": Network.DIRECT_CONNECT,
    "direct_connect": Network.DIRECT_CONNECT,
}  # fmt: skip
GRADE_WORDS = {word: grade for grade in Grade for word in (grade.name.lower(), str(grade.value))}


@dataclass(frozen=True, slots=True)
class Mapping:
    """What each column means; an empty name is a column that the log does not have.

    ``columns`` names those of a file without a header. ``constants`` holds event, network and
    grade where all rows share one.
    """

    time: str
    contents: tuple[ContentColumn, ...]
    time_format: str = "iso"
    size: str = ""
    address: str = ""
    port: str = ""
    client: str = ""
    client_form: ClientForm = ClientForm.TEXT
    event: str = ""
    network: str = ""
    grade: str = ""
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    events: Dict[str, Event] = field(default_factory=lambda: EVENT_WORDS)
    networks: Dict[str, Network] = field(default_factory=lambda: NETWORK_WORDS)
    grades: Dict[str, Grade] = field(default_factory=lambda: GRADE_WORDS)
    constant_event: Event = Event.OTHER
    constant_network: Network | None = None
    constant_grade: Grade | None = None

    @property
    def used(self) -> list[str]:
        """The columns that are read, each once."""
        names = [self.time, self.size, self.address, self.port, self.client, self.event]
        names += [self.network, self.grade]
        for content in self.contents:
            names += [content.column, content.type_column]
        return [name for name in dict.fromkeys(names) if name]


def read_mapping(path: Path) -> tuple[Mapping, str]:
    """Return the mapping in the file at ``path``, and its text; raises `UsageError`."""
    try:
        text = path.read_text(encoding="utf-8")
        if looks_like_one(text):
            raise UsageError(
                "it holds what may be a hash or an infohash, and mappings are kept in clear; leave"
                " it out."
            )
        return parse_mapping(tomllib.loads(text)), text
    except OSError as error:
        raise UsageError(f"The mapping {path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The mapping {path} is not TOML: {error}.") from None
    except UsageError as error:
        raise UsageError(f"The mapping {path} is wrong: {error}") from None


_PLAIN = ("time", "time_format", "size", "address", "port", "client", "event", "network", "grade")
_TABLES = ("events", "networks", "grades", "constant")


def parse_mapping(given: dict[str, Any]) -> Mapping:
    """Return the mapping that parsed TOML describes; raises `UsageError`."""
    known = {*_PLAIN, *_TABLES, "client_form", "delimiter", "columns", "content"}
    if unknown := sorted(given.keys() - known):
        raise UsageError(f"it has '{unknown[0]}', which means nothing here.")
    if not given.get("time") or not given.get("content"):
        raise UsageError("it must say which column is 'time' and which is 'content'.")
    tables = {name: _words(given, name) for name in _TABLES}
    constant = tables["constant"]
    words: dict[str, Any] = {
        "events": EVENT_WORDS | _meant(tables["events"], EVENT_WORDS, "event"),
        "networks": NETWORK_WORDS | _meant(tables["networks"], NETWORK_WORDS, "network"),
        "grades": GRADE_WORDS | _meant(tables["grades"], GRADE_WORDS, "grade"),
    }
    return Mapping(
        **{name: _text(given, name) for name in (*_PLAIN, "delimiter") if name in given},
        contents=_contents(given["content"]),
        client_form=_form(given.get("client_form", "text")),
        columns=tuple(str(name) for name in given.get("columns", ())),
        **words,
        **{
            f"constant_{name}": _one(constant[name], words[f"{name}s"], name)
            for name in ("event", "network", "grade")
            if name in constant
        },
    )


def _text(given: dict[str, Any], name: str) -> str:
    value = given[name]
    if not isinstance(value, str) or (name == "delimiter" and len(value) != 1):
        raise UsageError(f"'{name}' must be {'one character' if name == 'delimiter' else 'text'}.")
    return value


def _words(given: dict[str, Any], name: str) -> dict[str, str]:
    table = given.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"'{name}' must be a table of words.")
    return {str(word).lower(): str(meaning) for word, meaning in table.items()}


def _meant(table: dict[str, str], known: dict[str, Any], what: str) -> dict[str, Any]:
    return {word: _one(meaning, known, what) for word, meaning in table.items()}


def _one(word: str, known: dict[str, Any], what: str) -> Any:
    if word.lower() not in known:
        raise UsageError(f"'{word}' is no {what}; say one of {', '.join(known)}.")
    return known[word.lower()]


def _form(word: str) -> ClientForm:
    if word not in list(ClientForm):
        raise UsageError(f"'client_form' must be one of {', '.join(ClientForm)}.")
    return ClientForm(word)


def _contents(given: Any) -> tuple[ContentColumn, ...]:
    names = {item.name for item in fields(ContentColumn)}
    found: list[ContentColumn] = []
    for item in given if isinstance(given, list) else [given]:
        if not isinstance(item, dict) or not item.get("column") or item.keys() - names:
            raise UsageError("'content' takes 'column' and either 'type' or 'type_column'.")
        content = ContentColumn(**{name: str(value) for name, value in item.items()})
        if bool(content.type) == bool(content.type_column):
            raise UsageError("'content' needs either a 'type' or a 'type_column'.")
        kind = content.signal_type
        if content.type not in ("", LINK) and (kind is None or kind.kind is not SignalKind.EXACT):
            raise UsageError(f"'{content.type}' is no signal type that names content exactly.")
        found.append(content)
    return tuple(found)


def check_present(wanted: Sequence[str], present: Sequence[str]) -> None:
    """Raise `UsageError` where a log lacks a column that is ``wanted``."""
    missing = [name for name in wanted if name not in present]
    if missing:
        # Where a log has no header these are its first row, identifiers and all.
        names = [name for name in present if _NAME.fullmatch(name)]
        others = len(present) - len(names)
        raise UsageError(
            f"The log has no column '{missing[0][:60]}', which is needed to read it; it has:"
            f" {', '.join(names)[:300] or 'no names'}{f', and {others} more' if others else ''}."
        )
