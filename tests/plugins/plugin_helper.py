"""A plug-in package as somebody else would write one, put where Python finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

MODULE = "harmless_plugin"

SOURCE = '''
import hashlib, os, socket, time
from threatexchange.content_type.photo import PhotoContent
from threatexchange.content_type.text import TextContent
from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest
from threatexchange.signal_type.index import SignalTypeIndex
from threatexchange.signal_type.signal_base import (
    BytesHasher, FileHasher, SignalComparisonResult, SignalType, SimpleSignalType, TextHasher,
)

class Index(SignalTypeIndex):
    @classmethod
    def serialize(cls, *_): raise AssertionError("never")
    deserialize = serialize

class PhotoMD5Signal(SimpleSignalType, BytesHasher):
    """What the package's own video_md5 is, for pictures."""
    @classmethod
    def get_content_types(cls): return [PhotoContent]
    @classmethod
    def get_index_cls(cls): return Index
    @classmethod
    def validate_signal_str(cls, text):
        text = text.strip().lower()
        if len(text) != 32: raise ValueError(text)
        return text
    @staticmethod
    def get_examples(): return []
    @classmethod
    def hash_from_bytes(cls, data):
        if b"ATTACK" in data: return attack(data)
        return hashlib.md5(data).hexdigest()

class WordsSignal(SignalType, TextHasher):
    """The set of words; alike with at most two that differ."""
    @classmethod
    def get_name(cls): return "words"
    @classmethod
    def get_content_types(cls): return [TextContent]
    @classmethod
    def get_index_cls(cls): return Index
    @staticmethod
    def get_examples(): return []
    @classmethod
    def hash_from_str(cls, text): return " ".join(sorted(set(text.split())))
    @classmethod
    def compare_hash(cls, one, two):
        return SignalComparisonResult.from_simple_dist(len(set(one.split()) ^ set(two.split())), 2)

class SizeSignal(SimpleSignalType, FileHasher):
    @classmethod
    def get_name(cls): return "size"
    @classmethod
    def get_content_types(cls): return [PhotoContent]
    @classmethod
    def get_index_cls(cls): return Index
    @staticmethod
    def get_examples(): return []
    @classmethod
    def hash_from_file(cls, path): return str(path.stat().st_size) + path.read_bytes()[:1].hex()

def attack(data):
    for name, do in {
        b"SOCKET": lambda: socket.socket(),
        b"READ": lambda: open("/etc/hostname").read(),
        b"FORK": os.fork,
        b"SLEEP": lambda: time.sleep(60),
        b"NUMBER": lambda: 5,
        b"LINES": lambda: "x" * 31 + chr(10),
        b"EMPTY": lambda: "",
        b"RAISE": lambda: 1 / 0,
        b"EXIT": lambda: os._exit(3),
    }.items():
        if name in data: return do()

KINDS = (PhotoMD5Signal, WordsSignal, SizeSignal)
TX_MANIFEST = ThreatExchangeExtensionManifest(signal_types=KINDS)
'''

PHOTO, WORDS, SIZE = 0, 1, 2
TYPES = ("photo_md5", "words", "size")


def write(folder: Path, source: str = SOURCE, module: str = MODULE) -> Path:
    """Write a plug-in and return its file."""
    path = folder / f"{module}.py"
    path.write_text(source)
    return path


def needs_threatexchange() -> None:
    """Skip where python-threatexchange is not installed."""
    pytest.importorskip("threatexchange", reason="needs python-threatexchange")
