from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.plugins.plugin_helper import MODULE, PHOTO, SIZE, TYPES, WORDS, write

from tidebreak.plugins.process import Hit, PluginFailed, PluginProcess
from tidebreak.settings import Limits, Settings


@contextmanager
def held(data: bytes) -> Iterator[int]:
    fd = os.memfd_create("test", os.MFD_CLOEXEC)
    try:
        os.write(fd, data)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


@pytest.fixture
def process(plugin: Path) -> Iterator[PluginProcess]:
    with PluginProcess(MODULE, Settings(limits=Limits(seconds=5.0))) as started:
        yield started


def hashed(process: PluginProcess, type: int, data: bytes) -> str:
    with held(data) as fd:
        return process.hash(type, fd)


def test_everything_that_a_plug_in_is_for(process: PluginProcess):
    assert tuple(one.name for one in process.types) == TYPES
    assert [one.hasher for one in process.types] == ["bytes", "text", "file"]
    assert [one.contents for one in process.types] == [("photo",), ("text",), ("photo",)]
    assert all(one.compares for one in process.types)
    assert MODULE not in sys.modules
    assert hashed(process, PHOTO, b"picture") == hashlib.md5(b"picture").hexdigest()
    assert hashed(process, WORDS, b"b a b") == "a b"
    assert hashed(process, SIZE, b"picture") == "770"
    assert process.valid(PHOTO, ["AB" * 16, "short"]) == ["ab" * 16, None]
    assert process.know(WORDS, ["a b c", "x y z"]) == 2
    assert process.know(WORDS, ["a b"]) == 3
    assert process.match(WORDS, "a b c") == [Hit(0, 0.0), Hit(2, 1.0)]
    assert process.match(WORDS, "something else entirely") == []
    process.know(PHOTO, ["ab" * 16])
    assert process.match(PHOTO, "ab" * 16) == [Hit(0, None)]


def test_it_is_locked_down_as_workers_are(process: PluginProcess):
    assert process.posture.level >= 2
    for attack in (b"SOCKET", b"READ", b"FORK"):
        with PluginProcess(MODULE, Settings()) as another, pytest.raises(PluginFailed):
            hashed(another, PHOTO, b"ATTACK " + attack)


@pytest.mark.parametrize(
    ("attack", "words", "survives"),
    [
        (b"NUMBER", "no text", True),
        (b"RAISE", "raised ZeroDivisionError", True),
        (b"LINES", "raised ValueError", True),
        (b"EXIT", "exit code 3", False),
    ],
)
def test_what_goes_wrong_in_a_plug_in_is_told_in_our_words(
    process: PluginProcess, attack: bytes, words: str, survives: bool
):
    with pytest.raises(PluginFailed, match=words):
        hashed(process, PHOTO, b"ATTACK " + attack)
    assert process.gone is not survives
    if survives:
        assert hashed(process, SIZE, b"x")


def test_no_hash_is_no_hash(process: PluginProcess):
    assert hashed(process, PHOTO, b"ATTACK EMPTY") == ""


def test_a_plug_in_that_takes_too_long_is_stopped(plugin: Path):
    settings = Settings(limits=replace(Limits(), seconds=0.5))
    with PluginProcess(MODULE, settings) as process, pytest.raises(PluginFailed, match="stopped"):
        hashed(process, PHOTO, b"ATTACK SLEEP")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import socket; socket.socket()", "forbidden|raised"),
        ("import of_nobody", "it needs of_nobody"),
        ("x = 1", "no TX_MANIFEST"),
        ("TX_MANIFEST = 5", "no TX_MANIFEST"),
        ("print('x' * 100); raise SystemExit('secret')", "raised SystemExit"),
    ],
)
def test_a_module_that_is_no_plug_in_is_told(plugin: Path, source: str, words: str):
    write(plugin.parent, source, "another_plugin")
    with pytest.raises(PluginFailed, match=words) as caught:
        PluginProcess("another_plugin", Settings())
    assert "secret" not in str(caught.value)


def test_a_name_that_would_be_mistaken_is_refused(plugin: Path):
    source = plugin.read_text().replace('return "words"', 'return "Words; rm"')
    write(plugin.parent, source, "another_plugin")
    with pytest.raises(PluginFailed, match="need names"):
        PluginProcess("another_plugin", Settings())


def test_a_machine_that_offers_too_little_runs_no_plug_in(plugin: Path):
    with pytest.raises(PluginFailed, match="sandbox level"):
        PluginProcess(MODULE, Settings(sandbox_minimum=5))


def test_the_packages_own_extension_is_loaded_or_says_what_it_needs():
    pytest.importorskip("threatexchange", reason="needs python-threatexchange")
    with pytest.raises(PluginFailed, match="needs tlsh"):
        PluginProcess("threatexchange.extensions.tlsh", Settings())
